# VMware's guestinfo. Only a program of open-vm-tools can read it, which the image does not have: another image adds it.
RPCTOOL=/usr/bin/vmware-rpctool

from_vmware() {
  [ -x $RPCTOOL ] && on_vmware || return
  guest_info metadata | keep metadata || guest_info userdata | grep -q . || return
  provider VMWARE
  guest_info vendordata | keep vendordata
  guest_info userdata | keep userdata
  return 0
}

on_vmware() {
  local vendor=
  read -r vendor 2>/dev/null <"$DMI/sys_vendor"
  case $vendor in
    VMware*) return 0 ;;
  esac
  return 1
}

# guest_info NAME: the value, decoded as NAME.encoding says.
guest_info() {
  local value
  value=$($RPCTOOL "info-get guestinfo.$1" 2>/dev/null) || return
  [ "$value" = --- ] && return
  case $($RPCTOOL "info-get guestinfo.$1.encoding" 2>/dev/null) in
    base64 | b64) echo "$value" | base64 -d ;;
    gzip+base64 | gz+b64) echo "$value" | base64 -d | gunzip ;;
    *) echo "$value" ;;
  esac
}
