# Takes the CD out, drive and all, so that the disk is what metadata finds.
for drive in /sys/block/sr*; do echo 1 >"$drive/device/delete"; done
