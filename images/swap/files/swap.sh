#!/bin/sh
# swap.sh --path FILE --size SIZE [--condition part:PATH:SIZE] [--encrypt] [--debug]
# Makes a swap file, once, and turns it on. A condition that is not met (the file system of PATH has less than
# SIZE) leaves the system without swap, which is no failure.
path= size= encrypt= conditions=
while [ $# -gt 0 ]; do
  case $1 in
    --path) path=$2 && shift ;;
    --size | --file-size) size=$2 && shift ;;
    --condition) conditions="$conditions $2" && shift ;;
    --encrypt) encrypt=1 ;;
    --debug) set -x ;;
    *)
      echo "swap: unknown option $1" >&2
      exit 2
      ;;
  esac
  shift
done
[ -n "$path" ] && [ -n "$size" ] || {
  echo 'usage: swap.sh --path FILE --size SIZE [--condition part:PATH:SIZE] [--encrypt] [--debug]' >&2
  exit 2
}
case $path in
  /var/*) ;;
  *)
    echo "swap: $path is not below /var" >&2
    exit 2
    ;;
esac

# 2G, 512M, 100K or bytes, in kilobytes.
kilobytes() {
  case $1 in
    *G | *g) echo $((${1%?} * 1024 * 1024)) ;;
    *M | *m) echo $((${1%?} * 1024)) ;;
    *K | *k) echo "${1%?}" ;;
    *) echo $(($1 / 1024)) ;;
  esac
}

for condition in $conditions; do
  rest=${condition#part:}
  have=$(df -k "${rest%:*}" 2>/dev/null | awk 'NR == 2 { print $2 }')
  if [ "$rest" = "$condition" ] || [ "${have:-0}" -lt "$(kilobytes "${rest##*:}")" ]; then
    echo "swap: $condition is not met, no swap"
    exit 0
  fi
done

mkdir -p "$(dirname "$path")"
if [ ! -e "$path" ]; then
  # Written, not allocated: a swap file may have no holes.
  dd if=/dev/zero of="$path" bs=1024k count=$((($(kilobytes "$size") + 1023) / 1024)) 2>/dev/null || exit 1
  chmod 0600 "$path"
fi
device=$path
if [ -n "$encrypt" ]; then
  loop=$(losetup -f) && losetup "$loop" "$path" || exit 1
  # A key that nobody knows: what was swapped out is gone with the power.
  cryptsetup open --type plain --cipher aes-xts-plain64 --key-size 256 --key-file /dev/urandom "$loop" swapfile || exit 1
  device=/dev/mapper/swapfile
fi
grep -q 'SWAPSPACE2' "$device" 2>/dev/null && [ -z "$encrypt" ] || mkswap "$device" >/dev/null || exit 1
swapon "$device" && echo "swap: $size at $path"
