# The slots of the disk that the machine was started from.

# efi_variable NAME: prints a text of UTF-16 behind 4 bytes of attributes; fails where there is none.
efi_variable() {
  [ -e "$VARIABLES/$1-$VENDOR" ] && tail -c +5 "$VARIABLES/$1-$VENDOR" | tr -d '\0'
}

# esp: prints the name of the partition that systemd-boot was started from.
esp() {
  uuid=$(efi_variable LoaderDevicePartUUID | tr 'A-F' 'a-f')
  for partition in $(sed -n 's/^DEVNAME=//p' /sys/class/block/*/uevent); do
    [ "$(blkid -p -o value -s PART_ENTRY_UUID "/dev/$partition" 2>/dev/null)" = "$uuid" ] && echo "$partition" && return
  done
  return 1
}

# partition NAME: prints the device of the partition of that name on the loader's disk.
partition() {
  file=$(grep -lx "PARTNAME=$1" /sys/class/block/"$disk"/*/uevent | sed -n 1p)
  [ -n "$file" ] && echo "/dev/$(basename "$(dirname "$file")")"
}

# tree_hash DEVICE: prints the root hash of the tree on a device, as the loader of the root works it out.
tree_hash() {
  {
    dd if="$1" bs=1 skip=88 count=32
    dd if="$1" bs=4096 skip=1 count=1
  } 2>/dev/null | sha256sum | cut -d ' ' -f 1
}

# read_back FILE DIGEST SIZE: compares what the disk has, not what memory has of it.
read_back() {
  sync
  echo 3 >/proc/sys/vm/drop_caches
  [ "sha256:$(head -c "$3" "$1" | sha256sum | cut -d ' ' -f 1)" = "$2" ]
}

# write_part ROLE OLD NEW: writes a file of the update to a partition of the free slot.
write_part() {
  device=$(partition "$3") || refuse "the disk has no partition $3"
  set -- "$@" $(layer "$1")
  [ $# = 5 ] || refuse 'the update has no root for dm-verity'
  [ "$5" -le "$(($(cat "/sys/class/block/${device#/dev/}/size") * 512))" ] || refuse "the update's root does not fit into $3"
  write "$1" "$4" "$5" "$(partition "$2")" "$device" || refuse "$3 has other bytes than the update"
}

# write_root: writes the root and its tree to the slot that does not run. A slot that cannot be read counts as none, so that
# what runs is never overwritten.
write_root() {
  running=$(sed -n 's/.*roothash=\([0-9a-f]*\).*/\1/p' /proc/cmdline)
  case $running in
    "$(tree_hash "$(partition verity-a)")") slot=a free=b ;;
    "$(tree_hash "$(partition verity-b)")") slot=b free=a ;;
    *) refuse 'no slot has the root that runs' ;;
  esac
  if [ "$running" != "$(jq -r .roothash $WORK/description)" ]; then
    write_part root root-$slot root-$free
    write_part tree verity-$slot verity-$free
  fi
}

# id NAME: the name of a version's file without tries and suffix, in small letters, as systemd-boot may call it.
id() {
  basename "$1" | tr 'A-Z' 'a-z' | sed 's/\.efi$//; s/+[0-9]*\(-[0-9]*\)\{0,1\}$//'
}

# blessed PATH: the path of a version's file once its trial has ended.
blessed() {
  echo "$1" | sed 's/+[0-9]*\(-[0-9]*\)\{0,1\}\.efi$/.efi/'
}

newer() {
  jq -en --arg a "$1" --arg b "$2" '[$a, $b] | map([scan("[0-9]+|[a-z]+") | (tonumber? // .)]) | .[0] > .[1]' >/dev/null
}

# shares_blocks FILE: FAT writes the new name before it removes the old one, so that a power loss between these leaves two names of
# one file. Removing the old one would free the blocks of the version that runs. It takes no room.
shares_blocks() {
  case $1 in
    *.new) cmp -s "$1" "$old" ;;
    *) false ;;
  esac
}
