# Beyond LinuxKit, and off unless a service has annotations:
#   nx-linuxkit.after: redis, db        these services start before it, and are healthy if they have a health command
#   nx-linuxkit.restart: always         or on-failure: starts it again when its process ends
#   nx-linuxkit.health: redis-cli ping  a command in the container; one that fails three times ends its process
#   nx-linuxkit.health-interval: 10     seconds between two commands
#   nx-linuxkit.health-timeout: 30      seconds after which one has failed; a slow machine takes seconds to start one

HEALTH_FAILURES=3
# Seconds that a service waits for the health of one that it comes after.
LONGEST_WAIT=30
LONGEST_DELAY=60

load_policies() {
  after_of() { :; }
  restart_of() { :; }
  health_of() { :; }
  interval_of() { :; }
  timeout_of() { :; }
  grep -q '"nx-linuxkit\.' "$1"/*/config.json 2>/dev/null || return 0
  eval "$(awk -f /usr/lib/linuxkit/json.awk -f /usr/lib/linuxkit/policy.awk "$1"/*/config.json)"
}

# start_in_order NAME: those that it comes after first. A circle is cut where it closes.
start_in_order() {
  local name=$1 other
  case " $begun " in
    *" $name "*) return ;;
  esac
  begun="$begun $name"
  for other in $(after_of "$name" | tr ',' ' '); do
    [ -d "$SERVICES/$other" ] || continue
    start_in_order "$other"
    wait_healthy "$other"
  done
  start_service "$name" || echo "service $name did not start" >&2
  watch_over "$name"
}

# Supervises a service whose annotations ask for it.
watch_over() {
  [ -n "$(restart_of "$1")$(health_of "$1")" ] || return 0
  supervise "$1" &
  echo $! >"/run/supervisor.$1"
}

# One that is stopped by hand stays so.
watch_no_more() {
  [ -e "/run/supervisor.$1" ] || return 0
  kill "$(cat "/run/supervisor.$1")" 2>/dev/null
  rm "/run/supervisor.$1"
}

wait_healthy() {
  local end left
  [ -n "$(health_of "$1")" ] || return 0
  end=$(($(seconds) + LONGEST_WAIT))
  until left=$((end - $(seconds))) && [ $left -gt 0 ] && healthy "$1" $left; do
    [ $left -gt 0 ] || return
    sleep 1
  done
}

# healthy NAME [LIMIT]: without a shell in the container: words, no quotes.
healthy() {
  local limit
  limit=$(timeout_of "$1")
  limit=${limit:-30}
  [ "${2:-$limit}" -ge "$limit" ] || limit=$2
  run_in "$1" "$limit" $(health_of "$1")
}

seconds() {
  local up
  read -r up _ </proc/uptime
  echo "${up%.*}"
}

# supervise NAME: for as long as the system runs. What ends soon after its start is started again later and later.
supervise() {
  local name=$1 delay=1 failures=0 interval checked began
  interval=$(interval_of "$name")
  checked=$(seconds)
  began=$checked
  while sleep 1; do
    [ -e /run/shutdown ] && return
    if ! alive "$name"; then
      restart_due "$name" || return
      [ $(($(seconds) - began)) -lt $LONGEST_DELAY ] || delay=1
      sleep $delay
      delay=$((delay * 2 < LONGEST_DELAY ? delay * 2 : LONGEST_DELAY))
      start_service "$name"
      failures=0
      began=$(seconds)
    elif [ -n "$(health_of "$name")" ] && [ $(($(seconds) - checked)) -ge ${interval:-10} ]; then
      checked=$(seconds)
      if healthy "$name"; then failures=0; else failures=$((failures + 1)); fi
      [ $failures -lt $HEALTH_FAILURES ] || signal_service "$name" KILL 2>/dev/null
    fi
  done
}

# Clears away what ended; is it to start again?
restart_due() {
  local ended
  ended=$(clear_service "$1")
  # Stopped by hand: there is nothing to clear away.
  [ -n "$ended" ] || return 1
  release_root "$1"
  case $(restart_of "$1") in
    always) ;;
    on-failure) [ "$ended" = non-zero ] ;;
    *) return 1 ;;
  esac
}
