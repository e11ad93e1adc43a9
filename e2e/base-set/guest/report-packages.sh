# What packages of the base set do as services, seen from the host. Read by report-services.sh.
# Before the hardware's clock, which nobody sets.
ahead() { echo $(($(date +%s) - $(cat /sys/class/rtc/rtc0/since_epoch))); }
set_ahead() { [ "$(ahead)" -gt 3600 ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }
pid_of() { cat "/run/containerd/io.containerd.runtime.v2.task/$2/$1/init.pid"; }

wait_for 120 [ -e /run/probe/login ]
say login "$(cat /run/probe/login)"

wait_for 120 set_ahead
say ahead "$(ahead)"
running openntpd && say openntpd running

pid=$(pid_of rngd services.linuxkit)
for file in /proc/"$pid"/fd/*; do
  case $(readlink "$file") in
    /dev/hwrng) say rngd 'reads /dev/hwrng' ;;
  esac
done
running rngd && say rngd running
kill -TERM "$pid"
wait_for 60 gone "$pid" && say rngd 'ended by TERM'

pid=$(pid_of connected of-its-own)
say namespace "$(ctr -n of-its-own tasks ls | grep '^connected ')"
running connected || say namespace 'and no other'
. /etc/probe/report-connections.sh
