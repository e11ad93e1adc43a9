# Containers that run one after another, by runc. One that fails is reported, and the next one runs.

. /usr/lib/linuxkit/boot.sh
. /usr/lib/linuxkit/logs.sh
. /usr/lib/linuxkit/runc.sh

# run_section SECTION TYPE
run_section() {
  [ -d "/containers/$1" ] || return 0
  local type=$2 debug bundle
  mkdir -p "/run/log/$type"
  link_logs "$type"
  debug=
  grep -qw linuxkit.runc_debug=1 /proc/cmdline && debug=--debug
  share_runc
  load_runtime "/containers/$1"
  for bundle in "/containers/$1"/*/; do
    run_bundle "${bundle%/}"
  done
  # A container may have mounted a disk at /var or at /var/log.
  fill_var
  link_logs "$type"
}

# link_logs TYPE: the logs stay in memory, and /var/log leads to them.
link_logs() {
  [ -e "/var/log/$1" ] || ln -s "/run/log/$1" "/var/log/$1" 2>/dev/null
}

run_bundle() {
  local bundle=$1 name=${1##*/} log run code
  log=/run/log/$type/$type.$name
  prepare "$name" || {
    echo "$type: cannot prepare $name" >&2
    return
  }
  run=$(bundle_of "$name" "$bundle" "$type")
  if grep -qw linuxkit.runc_console=1 /proc/cmdline; then
    runc $debug run --bundle "$run" "$name" </dev/null
  else
    runc $debug run --bundle "$run" "$name" </dev/null >"$log.out.log" 2>"$log.log"
  fi
  code=$?
  cat "$log.out.log" "$log.log" 2>/dev/null
  give_logs "$type.$name.out" "$log.out.log" "$type.$name" "$log.log"
  [ $code = 0 ] || echo "$type: $name failed with status $code" >&2
  umount "$bundle/rootfs" 2>/dev/null
}
