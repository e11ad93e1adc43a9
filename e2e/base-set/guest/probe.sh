# Words of the scripts that look at a system.

# Tells the test what is seen: say NAME TEXT...
say() {
  local name=$1
  shift
  echo "probe $name: $*"
}

# Runs a command each second until it succeeds, so many times at most: wait_for TIMES COMMAND...
wait_for() {
  local left=$1
  shift
  until "$@"; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    sleep 1
  done
}
