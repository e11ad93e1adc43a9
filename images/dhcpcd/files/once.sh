# Steps of a run that ends.

# What dhcpcd reads instead of its configuration: that, and the wish to wait for each card. A wait of its command line
# is over with the first address of any card.
ONCE_CONF=/run/dhcpcd-once.conf

# Coldplug is over, but a driver may take its time to make an interface.
wait_for_interfaces() {
  local left=$((GRACE * 10)) device
  while [ -n "$(bare_devices)" ] && [ $left -gt 0 ]; do
    left=$((left - 1))
    sleep 0.1
  done
  for device in $(bare_devices); do
    echo "dhcpcd: $device is a network device without an interface: the kernel may lack its driver" >&2
  done
}

# dhcpcd keeps to its limit only when it may go to the background, where -1 keeps it from going: so not with -B.
run_once() {
  local word client watch=
  for word; do
    shift
    case $word in
      -B | --nobackground) continue ;;
      -1B | -B1) word=-1 ;;
    esac
    set -- "$@" "$word"
  done
  {
    cat "$config"
    for word in $(cards); do printf '\ninterface %s\nwaitip\n' "$word"; done
  } >$ONCE_CONF
  filter_errors
  began=$(seconds)
  /usr/sbin/dhcpcd --waitip "$@" -f $ONCE_CONF 2>$ERRORS &
  client=$!
  if several_cards; then
    give_up_on_others $client &
    watch=$!
  fi
  { wait $client; } 2>/dev/null
  waited=$(($(seconds) - began))
  [ -z "$watch" ] || kill $watch 2>/dev/null
}

# Ends dhcpcd GRACE seconds after the first address, and later if a card has just got its own: then hooks still run.
# KILL, because at any other signal dhcpcd takes the addresses away.
give_up_on_others() {
  local before
  until [ -n "$(addresses)" ]; do sleep 0.5; done
  sleep "$GRACE"
  until before=$(addresses) && sleep 1 && [ "$(addresses)" = "$before" ]; do :; done
  kill -KILL "$1" $(cat /run/dhcpcd/pid) 2>/dev/null
}

# dhcpcd gives an address the lease's time to live in the kernel, and nothing renews the lease when dhcpcd has gone.
# Replaced, the address has no end: a machine that runs longer than its lease stays reachable.
keep_addresses() {
  addresses | while read -r card address family; do
    [ "$family" != inet ] || ip addr replace "$address" brd + dev "$card"
  done
}

# Says which cards have no address and why; fails if that is all of them.
judge() {
  local card found=1 missing have
  have=" $(addresses | tr '\n' ' ')"
  for card in $(cards); do
    case $have in
      *" $card "*) found=0 ;;
      *)
        missing='an answer of a DHCP server'
        has_link "$card" || missing='its link'
        echo "dhcpcd: $card has no address: waited $waited seconds for $missing" >&2
        ;;
    esac
  done
  return $found
}
