#!/bin/sh
# Makes the first disk one that boots by BIOS the kernel and the initrd that the second disk has: it is a tar of `kernel`,
# `initrd.img` and `cmdline`, or of names that end in them.
fail() {
  echo "mkimage: $*" >&2
  exit 1
}

# The disks in the order of their names, without loops, partitions, CDs and disks in memory.
set --
for disk in /sys/block/*; do
  case ${disk##*/} in
    loop* | ram* | zram* | sr* | fd* | dm-* | nbd*) ;;
    *) set -- "$@" "/dev/${disk##*/}" ;;
  esac
done
[ $# -ge 2 ] || fail "expected a disk to write and one with a tar, got $# disks"
disk=$1 tar=$2
part=${disk}1
case $disk in
  *[0-9]) part=${disk}p1 ;;
esac

echo '2048,,L,*' | sfdisk -q --label dos --wipe always "$disk" || fail "cannot partition $disk"
left=50
until [ -b "$part" ]; do
  left=$((left - 1))
  [ $left -gt 0 ] || fail "$part does not appear"
  sleep 0.1
done
# extlinux reads no checksums of metadata, and no file system of 64 bits.
mkfs.ext4 -q -F -O ^64bit,^metadata_csum "$part" || fail "cannot format $part"
mount -t ext4 "$part" /mnt || fail "cannot mount $part"
cd /mnt || exit
tar xf "$tar" || fail "$tar has no tar"
for name in kernel initrd.img cmdline; do
  [ -f $name ] || mv ./*-$name $name || fail "the tar has no $name"
done
cat >syslinux.cfg <<CFG
DEFAULT linux
LABEL linux
    KERNEL /kernel
    INITRD /initrd.img
    APPEND $(cat cmdline)
CFG
rm cmdline
extlinux --install /mnt || fail "cannot install extlinux"
cd / && umount /mnt || fail "cannot unmount $part"
dd if=/usr/lib/syslinux/mbr/mbr.bin of="$disk" bs=440 count=1 conv=notrunc 2>/dev/null || fail "cannot write $disk"
sync
