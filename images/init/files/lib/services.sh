# Containers that stay, run by containerd in a namespace of their own.

NAMESPACE=services.linuxkit
SOCKET=/run/containerd/containerd.sock
SERVICES=/containers/services
PID_FILE=/run/containerd.pid

. /usr/lib/linuxkit/boot.sh
. /usr/lib/linuxkit/logs.sh
. /usr/lib/linuxkit/runc.sh
. /usr/lib/linuxkit/policy.sh

start_containerd() {
  # Two minutes: a slow disk or an emulated machine takes its time. One that has ended is noticed at once.
  local cliopts stdout stderr stale left=1200
  cliopts= stdout=/var/log/containerd.log stderr=/var/log/containerd.log
  load_options /etc/containerd/runtime-config.toml
  fill_var
  stdout=$(writable_log "$stdout")
  stderr=$(writable_log "$stderr")
  stale=
  [ -e /var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db ] && stale=1
  containerd $cliopts </dev/null >>"$stdout" 2>>"$stderr" &
  echo $! >$PID_FILE
  until [ -S $SOCKET ]; do
    left=$((left - 1))
    if [ $left = 0 ] || ! kill -0 "$(cat $PID_FILE)" 2>/dev/null; then
      echo "containerd: did not start" >&2
      tail -n 20 "$stderr" >&2
      return 1
    fi
    sleep 0.1
  done
  [ -z "$stale" ] || forget_containers
}

# Keys `cliopts`, `stdout`, `stderr`; the latter are `stdout`, `stderr` or a path.
load_options() {
  [ -e "$1" ] || return 0
  while IFS='= ' read -r key value; do
    value=${value#\"}
    value=${value%\"}
    case $value in
      stdout | stderr) value=/dev/$value ;;
    esac
    case $key in
      cliopts | stdout | stderr) eval "$key=\$value" ;;
    esac
  done <"$1"
}

# After a reboot a disk that holds /var still knows containers whose processes are gone.
forget_containers() {
  for name in $(ctr -n $NAMESPACE containers ls -q); do
    ctr -n $NAMESPACE containers rm "$name"
  done
}

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
  local name=$1 bundle=$SERVICES/$1 namespace config
  namespace=$(namespace_for "$name")
  prepare "$name" || return
  mkdir -p "/run/bundle/$namespace"
  config=/run/bundle/$namespace/$name.json
  if hooked "$name"; then
    hooked_config "$bundle" "$config"
  else
    bundle_config "$bundle" "$config"
  fi
  if ctr -n "$namespace" run --detach --config "$config" --log-uri "$(service_log "$name")" "$name"; then
    return 0
  fi
  ctr -n "$namespace" containers rm "$name" 2>/dev/null
  return 1
}

# stop_service NAME: TERM, and KILL after 5 seconds.
stop_service() {
  local name=$1 namespace left=50
  namespace=$(namespace_for "$name")
  watch_no_more "$name"
  ctr -n "$namespace" tasks kill -s TERM "$name" || return
  while [ $left -gt 0 ] && ctr -n "$namespace" tasks ls | grep -q "^$name .*RUNNING"; do
    left=$((left - 1))
    sleep 0.1
  done
  [ $left -gt 0 ] || ctr -n "$namespace" tasks kill -s KILL "$name"
  ctr -n "$namespace" tasks rm "$name" 2>/dev/null
  ctr -n "$namespace" containers rm "$name"
  release_root "$name"
}

# What prepare mounted for the root file system, so that the next start begins with the image again.
release_root() {
  umount "$SERVICES/$1/rootfs" 2>/dev/null
  umount "$SERVICES/$1/tmp" 2>/dev/null
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
  [ -S $SOCKET ] || [ "$1" = system-init ] || {
    echo "service: containerd is not running" >&2
    return 1
  }
  [ -d $SERVICES ] && load_runtime $SERVICES && load_policies $SERVICES
  case $1 in
    system-init) start_containerd && start_services ;;
    start) start_service "$2" && watch_over "$2" ;;
    stop) stop_service "$2" ;;
    restart) stop_service "$2" && start_service "$2" && watch_over "$2" ;;
    list) ctr -n $NAMESPACE tasks ls ;;
    health) all_healthy ;;
    *)
      echo "usage: service start|stop|restart NAME, service list, service health, service system-init" >&2
      return 2
      ;;
  esac
}
