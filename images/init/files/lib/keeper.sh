# Services without containerd. Each has a keeper: a process that runs runc (or crun) in the foreground, and writes the
# status with which the service ended. /run/services/NAME has the files `pid`, and `status` after the end.

KEPT=/run/services

open_runtime() {
  fill_var
  [ ! -d /containers/images ] ||
    echo "service: the images of services are for containerd's store, and this system has no containerd" >&2
  # A console binds the folder of containerd, whether there is one or not.
  mkdir -p $KEPT /var/lib/containerd
}

runtime_works() {
  [ -d $KEPT ] || {
    echo "service: no service has been started yet" >&2
    return 1
  }
}

# state_root NAME: where runc keeps what it knows of the containers of a namespace.
state_root() {
  echo "/run/runc-services/$(namespace_for "$1")"
}

# run_service NAME: starts its first process.
run_service() {
  local name=$1 kept=$KEPT/$1 bundle
  bundle=$(bundle_of "$name" "$SERVICES/$name" "$(namespace_for "$name")")
  rm -rf "$kept"
  mkdir -p "$kept"
  # A session of its own, so that it outlives the terminal of who typed `service start`.
  setsid /usr/lib/linuxkit/keep "$name" "$bundle" "$kept" "$(state_root "$name")" &
  until [ -s "$kept/pid" ]; do
    if [ -e "$kept/status" ]; then
      # It may have started and ended since the last look.
      [ ! -s "$kept/pid" ] || return 0
      rm -rf "$kept"
      return 1
    fi
    sleep 0.05
  done
}

# The keeper collects the process, so that the pid is of no other one before there is a status.
alive() {
  [ -s "$KEPT/$1/pid" ] && [ ! -e "$KEPT/$1/status" ]
}

# signal_service NAME SIGNAL
signal_service() {
  if alive "$1"; then kill "-$2" "$(cat "$KEPT/$1/pid")"; else
    echo "service: $1 is not running" >&2
    return 1
  fi
}

# run_in NAME LIMIT COMMAND...: its status, or another one than 0 after LIMIT seconds.
run_in() {
  local name=$1 limit=$2 pid file status
  shift 2
  read -r pid _ </proc/self/stat
  file=$KEPT/$name/health.$pid
  timeout -s KILL "$limit" runc --root "$(state_root "$name")" exec --pid-file "$file" "$name" "$@" >/dev/null 2>&1
  status=$?
  # That ended runc; a command that hangs stays in the container.
  [ $status != 137 ] || kill -KILL "$(cat "$file")" 2>/dev/null
  rm -f "$file"
  return $status
}

# clear_service NAME: forgets one that has ended. It says `zero`, `non-zero`, or nothing of one that is not there.
clear_service() {
  local status=
  read -r status 2>/dev/null <"$KEPT/$1/status"
  case $status in
    '') ;;
    0) echo zero ;;
    *) echo non-zero ;;
  esac
  rm -rf "${KEPT:?}/$1"
}

list_services() {
  local folder name
  printf '%-20s %-8s %s\n' TASK PID STATUS
  for folder in $KEPT/*/; do
    [ -s "$folder/pid" ] || continue
    name=${folder%/}
    name=${name##*/}
    if alive "$name"; then
      printf '%-20s %-8s %s\n' "$name" "$(cat "$folder/pid")" RUNNING
    else
      printf '%-20s %-8s %s\n' "$name" "$(cat "$folder/pid")" "STOPPED ($(cat "$folder/status"))"
    fi
  done
}

# Stops all services at once: TERM to the first process of each, KILL after 5 seconds.
stop_services() {
  local folder name left=50 names=
  for folder in $KEPT/*/; do
    name=${folder%/}
    names="$names ${name##*/}"
  done
  for name in $names; do signal_service "$name" TERM 2>/dev/null; done
  while [ $left -gt 0 ] && any_alive $names; do
    left=$((left - 1))
    sleep 0.1
  done
  for name in $names; do signal_service "$name" KILL 2>/dev/null; done
}

any_alive() {
  local name
  for name in "$@"; do
    alive "$name" && return
  done
  return 1
}
