# What the command line and the configuration say of network cards, and what the kernel says.

# read_words WORD…: `once` if -1 is among them, `config`, its patterns of interfaces, and `named`: the interfaces that
# the words name.
read_words() {
  local word last= rest
  once= named= allowed= denied= config=/etc/dhcpcd.conf
  for word; do
    case $last in -f | --config) config=$word ;; esac
    case $word in
      -1 | -1B | -B1 | --oneshot) once=1 ;;
      -f?*) config=${word#-f} ;;
      --config=*) config=${word#*=} ;;
      */* | .* | '') ;;
      *) [ ! -e "/sys/class/net/$word" ] || named="$named $word" ;;
    esac
    last=$word
  done
  [ -r "$config" ] || return 0
  while read -r word rest || [ -n "$word" ]; do
    case $word in
      allowinterfaces) allowed=$rest ;;
      denyinterfaces) denied=$rest ;;
    esac
  done <"$config"
}

# The interfaces that dhcpcd looks after.
cards() {
  local path
  for path in /sys/class/net/*; do
    ! is_card "${path##*/}" || echo "${path##*/}"
  done
}

# Without a pattern the interfaces of hardware are cards.
is_card() {
  if [ -n "$named$allowed" ]; then
    matches "$1" "${named:-$allowed}" || return
  else
    [ -e "/sys/class/net/$1/device" ] || return
  fi
  ! matches "$1" "$denied"
}

several_cards() {
  set -- $(cards)
  [ $# -gt 1 ]
}

# matches NAME PATTERNS: with spaces or commas between them.
matches() {
  local pattern IFS=' ,' found=1
  set -f
  for pattern in $2; do
    case $1 in
      $pattern) found=0 ;;
    esac
  done
  set +f
  return $found
}

links_up() {
  local card
  for card in $(cards); do
    ip link set "$card" up
  done
}

# As the kernel reports the link (RFC 2863); `unknown` is what a driver without link detection has.
has_link() {
  local state=
  read -r state 2>/dev/null <"/sys/class/net/$1/operstate"
  case $state in
    up | unknown) return 0 ;;
  esac
  return 1
}

# A line for each address of a card: its name, the address with the length of its prefix, and its family.
addresses() {
  local card family address
  ip -o addr show scope global | while read -r _ card family address _; do
    ! is_card "$card" || echo "$card $address $family"
  done
}

# Devices that are network cards by their class, on PCI, virtio, Hyper-V and Xen, and have no interface.
bare_devices() {
  local device class
  for device in /sys/bus/pci/devices/* /sys/bus/virtio/devices/* /sys/bus/vmbus/devices/* /sys/bus/xen/devices/vif-*; do
    class=
    case $device in
      */pci/*) read -r class 2>/dev/null <"$device/class" ;;
      */virtio/*) read -r class 2>/dev/null <"$device/device" ;;
      */vmbus/*) read -r class 2>/dev/null <"$device/class_id" ;;
      */vif-[0-9]*) class=vif ;;
    esac
    case $device:$class in
      */pci/*:0x02* | */virtio/*:0x0001 | */vmbus/*:?f8615163-df3e-46c5-913f-f2d2f965ed0e? | */xen/*:vif) ;;
      *) continue ;;
    esac
    # The interface of a PCI function with a virtio device lies below that device.
    has_file "$device"/net/* "$device"/virtio*/net/* || echo "${device##*/}"
  done
}

has_file() {
  local path
  for path; do
    [ ! -e "$path" ] || return 0
  done
  return 1
}

# Since the boot; the clock may be set meanwhile.
seconds() {
  local up
  read -r up _ </proc/uptime
  echo "${up%.*}"
}
