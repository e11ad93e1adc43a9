# Where the output of containers goes: to files in /var/log, and to memlogd if that is running.

MEMLOGD=/run/memlogd.control

# Without its process, to open the FIFO would take for ever.
memlogd_runs() {
  local pid
  [ -p $MEMLOGD ] && read -r pid 2>/dev/null </run/memlogd.pid && kill -0 "$pid" 2>/dev/null
}

# writable_log PATH: the path, or /dev/null if nothing can be written there, as in a /var/log that is read-only.
writable_log() {
  if touch "$1" 2>/dev/null; then echo "$1"; else echo /dev/null; fi
}

# The image init-linuxkit has this file: standard output then has a log of its own, as LinuxKit names it.
outputs_apart() {
  [ -e /etc/linuxkit-logs ]
}

# service_log NAME: the URI by which containerd finds the log of a service.
service_log() {
  if outputs_apart || memlogd_runs; then
    echo binary:///usr/lib/linuxkit/service-log
  else
    echo "file://$(writable_log "/var/log/$1.log")"
  fi
}

# log_target NAME: where a service writes the log NAME. To memlogd it is a FIFO, which memlogd removes.
log_target() {
  local pipe=/run/log/$1.$$
  if ! memlogd_runs; then
    writable_log "/var/log/$1.log"
    return
  fi
  mkdir -p /run/log
  mkfifo "$pipe" && echo "log $1 $pipe" >$MEMLOGD && echo "$pipe"
}

# give_logs SOURCE FILE [SOURCE FILE]...: hands what a container of onboot has written to memlogd, if that is running.
give_logs() {
  memlogd_runs || return 0
  while [ $# -gt 0 ]; do
    [ ! -s "$2" ] || cat "$2" >"$(log_target "$1")"
    shift 2
  done
}
