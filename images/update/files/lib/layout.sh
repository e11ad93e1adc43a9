# An OCI layout on the file system of a stick.

# mount_disk: mounts the file system of the label at /disk.
mount_disk() {
  for device in $(sed -n 's/^DEVNAME=/\/dev\//p' /sys/class/block/*/uevent); do
    [ "$(blkid -p -o value -s LABEL "$device" 2>/dev/null)" = "$label" ] || continue
    mount -t "$(blkid -p -o value -s TYPE "$device")" -o ro,nosuid,nodev,noexec "$device" /disk && return
  done
  return 1
}

# is_plain FILE: a stranger's file system may have a link, a pipe or a device in the place of a file.
is_plain() {
  [ -f "$1" ] && [ ! -L "$1" ]
}

# ask_disk PATH FILE: as `ask`, from the layout on the disk.
ask_disk() {
  status=404
  case $1 in
    manifests/*)
      is_plain "$layout/index.json" && [ "$(size_of "$layout/index.json")" -le $DOCUMENT ] || return 0
      wanted=$(jq -r --arg tag "${1#*/}" '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $tag) | .digest' \
        "$layout/index.json" 2>$WORK/error | sed -n 1p)
      ;;
    *) wanted=${1#*/} ;;
  esac
  case ${wanted#sha256:} in
    '' | *[!0-9a-f]*) return ;;
  esac
  set -- "$layout/blobs/sha256/${wanted#sha256:}" "$2"
  is_plain "$1" || return 0
  status=$TOO_LONG
  [ -n "$range" ] || [ "$(size_of "$1")" -le "$limit" ] || return 0
  if [ -n "$range" ]; then
    dd if="$1" of="$2" bs=64k iflag=skip_bytes,count_bytes skip="${range%-*}" count="$limit" 2>$WORK/error && status=206
  else
    cat "$1" 2>$WORK/error >"$2" && status=200
  fi
}
