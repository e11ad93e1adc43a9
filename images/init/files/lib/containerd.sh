# Services as tasks of containerd, in a namespace of their own.

. /usr/lib/linuxkit/images.sh

SOCKET=/run/containerd/containerd.sock
PID_FILE=/run/containerd.pid
TASKS=/run/containerd/io.containerd.runtime.v2.task

open_runtime() {
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
  open_images
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

runtime_works() {
  [ -S $SOCKET ] || {
    echo "service: containerd is not running" >&2
    return 1
  }
}

# run_service NAME: starts its first process.
run_service() {
  local name=$1 bundle=$SERVICES/$1 namespace config
  namespace=$(namespace_for "$name")
  mkdir -p "/run/bundle/$namespace"
  config=/run/bundle/$namespace/$name.json
  edit_config "$name" "$bundle" "$config"
  if ctr -n "$namespace" run --detach --config "$config" --log-uri "$(service_log "$name")" "$name"; then
    return 0
  fi
  ctr -n "$namespace" containers rm "$name" 2>/dev/null
  return 1
}

alive() {
  local pid=
  # The file has no end of line, which read calls a failure.
  read -r pid 2>/dev/null <"$TASKS/$(namespace_for "$1")/$1/init.pid"
  [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

# signal_service NAME SIGNAL
signal_service() {
  ctr -n "$(namespace_for "$1")" tasks kill -s "$2" "$1"
}

# run_in NAME LIMIT COMMAND...: its status, or another one than 0 after LIMIT seconds.
run_in() {
  local name=$1 limit=$2 namespace pid id
  shift 2
  namespace=$(namespace_for "$name")
  # The pid of this shell. There may be several: `$$` is the same in all of them.
  read -r pid _ </proc/self/stat
  id=health-$pid-$(seconds)
  timeout -s KILL "$limit" ctr -n "$namespace" tasks exec --exec-id "$id" "$name" "$@" >/dev/null 2>&1
  [ $? = 0 ] && return
  # That ended ctr; a command that hangs stays in the container.
  ctr -n "$namespace" tasks kill --exec-id "$id" -s KILL "$name" >/dev/null 2>&1 &&
    ctr -n "$namespace" tasks rm --exec-id "$id" "$name" >/dev/null 2>&1
  return 1
}

# clear_service NAME: forgets one that has ended. It says `zero`, `non-zero`, or nothing of one that is not there.
clear_service() {
  local namespace said
  namespace=$(namespace_for "$1")
  said=$(ctr -n "$namespace" tasks rm -f "$1" 2>&1)
  case $said in
    *'not found'*) ;;
    *non-zero*) echo non-zero ;;
    *) echo zero ;;
  esac
  ctr -n "$namespace" containers rm "$1" >/dev/null 2>&1
}

list_services() {
  ctr -n $NAMESPACE tasks ls
}
