#!/bin/sh
# ntpd -s sets the clock at its start, and gives up on that after 15 seconds. So it starts when there is a network: a
# route, and then a name server, which a DHCP client writes a moment later. A machine that has no route after a minute
# gets its ntpd all the same: it corrects the clock slowly once servers answer.
has_route() {
  while read -r card _; do
    [ "$card" = Iface ] || return 0
  done </proc/net/route
  # Scope 00 is global.
  while read -r _ _ _ scope _ card; do
    [ "$scope" != 00 ] || [ "$card" = lo ] || return 0
  done 2>/dev/null </proc/net/if_inet6
  return 1
}

has_name_server() {
  while read -r word _; do
    [ "$word" != nameserver ] || return 0
  done 2>/dev/null </etc/resolv.conf
  return 1
}

# wait_for SECONDS CONDITION
wait_for() {
  left=$1
  until "$2"; do
    left=$((left - 1))
    [ $left -gt 0 ] || return
    sleep 1
  done
}

wait_for 60 has_route && wait_for 5 has_name_server
exec /usr/sbin/ntpd "$@"
