# Providers that are disks and files.

from_file() {
  [ -f "$1" ] || return
  provider "file $1"
  keep userdata <"$1"
  return 0
}

# CDs and disks with the label of NoCloud (cidata), of LinuxKit (config) or of OpenStack (config-2).
from_cdrom() {
  local device label
  for device in $(ls /dev/sr* /dev/vd* /dev/sd* /dev/nvme*n* 2>/dev/null); do
    label=$(blkid -p -o value -s LABEL "$device" 2>/dev/null | tr A-Z a-z)
    case $label in
      cidata | config | config-2) ;;
      *) continue ;;
    esac
    mkdir -p /tmp/disk
    mount -o ro -t "$(blkid -p -o value -s TYPE "$device")" "$device" /tmp/disk || continue
    read_disk /tmp/disk && provider "CDROM $device" && umount /tmp/disk && return 0
    umount /tmp/disk
  done
  return 1
}

# read_disk FOLDER
read_disk() {
  if [ -f "$1/config" ]; then
    keep userdata <"$1/config"
  elif [ -f "$1/openstack/latest/meta_data.json" ]; then
    openstack_meta "$(cat "$1/openstack/latest/meta_data.json")"
    [ -f "$1/openstack/latest/user_data" ] && keep userdata <"$1/openstack/latest/user_data"
  elif [ -f "$1/meta-data" ] || [ -f "$1/user-data" ]; then
    [ -f "$1/user-data" ] && keep userdata <"$1/user-data"
    [ -f "$1/meta-data" ] || return 0
    sed -n 's/^local-hostname: *//p' "$1/meta-data" | tr -d "\"'" | keep hostname
    sed -n 's/^instance-id: *//p' "$1/meta-data" | tr -d "\"'" | keep instance_id
  else
    return 1
  fi
  return 0
}
