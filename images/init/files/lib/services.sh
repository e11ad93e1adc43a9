# Containers that stay: run by containerd where there is one, otherwise by runc below a keeper for each.

NAMESPACE=services.linuxkit
SERVICES=/containers/services

. /usr/lib/linuxkit/boot.sh
. /usr/lib/linuxkit/logs.sh
. /usr/lib/linuxkit/runc.sh
. /usr/lib/linuxkit/policy.sh

has_containerd() {
  command -v containerd >/dev/null
}

# Both define open_runtime, runtime_works, run_service, alive, signal_service, run_in, clear_service, list_services.
if has_containerd; then . /usr/lib/linuxkit/containerd.sh; else . /usr/lib/linuxkit/keeper.sh; fi

start_services() {
  local bundle
  [ -d $SERVICES ] || return 0
  share_runc
  load_runtime $SERVICES
  load_policies $SERVICES
  begun=
  for bundle in $SERVICES/*/; do
    bundle=${bundle%/}
    start_in_order "${bundle##*/}"
  done
}

namespace_for() {
  namespace_of "$1" || echo $NAMESPACE
}

# start_service NAME, after load_runtime
start_service() {
  prepare "$1" && run_service "$1"
}

# stop_service NAME: TERM, and KILL after 5 seconds.
stop_service() {
  local name=$1
  watch_no_more "$name"
  signal_service "$name" TERM || return
  wait_for_end "$name" || {
    signal_service "$name" KILL
    wait_for_end "$name"
  }
  clear_service "$name" >/dev/null
  release_root "$name"
}

# wait_for_end NAME: 5 seconds at most.
wait_for_end() {
  local left=50
  while alive "$1"; do
    left=$((left - 1))
    [ $left -gt 0 ] || return
    sleep 0.1
  done
}

# What prepare mounted for the root file system, so that the next start begins with the image again.
release_root() {
  umount "$SERVICES/$1/rootfs" 2>/dev/null
  # A root of reading only has no mount here.
  umount "$SERVICES/$1/tmp" 2>/dev/null || :
}

# Does every service run, and does each health command succeed? Prints the first that does not.
all_healthy() {
  local bundle name
  for bundle in $SERVICES/*/; do
    bundle=${bundle%/}
    name=${bundle##*/}
    [ "$name" = '*' ] && return
    alive "$name" && { [ -z "$(health_of "$name")" ] || healthy "$name"; } || {
      echo "service: $name is not healthy" >&2
      return 1
    }
  done
}

service_command() {
  [ "$1" = system-init ] || runtime_works || return
  [ -d $SERVICES ] && load_runtime $SERVICES && load_policies $SERVICES
  case $1 in
    system-init) open_runtime && start_services ;;
    # containerd's own script in /etc/shutdown.d stops its services.
    system-shutdown) has_containerd || stop_services ;;
    start) start_service "$2" && watch_over "$2" ;;
    stop) stop_service "$2" ;;
    restart) stop_service "$2" && start_service "$2" && watch_over "$2" ;;
    list) list_services ;;
    health) all_healthy ;;
    *)
      echo "usage: service start|stop|restart NAME, service list, service health, service system-init" >&2
      return 2
      ;;
  esac
}
