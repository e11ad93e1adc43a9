# What services without containerd did, seen from the host; then the machine is switched off.
exec >/dev/console 2>&1
. /etc/probe/probe.sh
. /etc/probe/report-policies.sh

say list "$(service list | awk '$1 == "early" || $1 == "plain" { print $1, $3, $4 }' | xargs)"
pid=$(process_of connected)
. /etc/probe/report-connections.sh
say log "$(cat /var/log/talking.log | xargs)"
say absent "$(ctr -n services.linuxkit tasks ls 2>&1)"
service stop nothing || say nothing "fails with $?"
service restart talking
talks_twice() { [ "$(grep -c out /var/log/talking.log)" = 2 ]; }
wait_for 30 talks_twice && running talking && say again running
say runtime "$(runc --version | sed -n 1p)"
say memory "$(awk '/MemTotal/ { total = $2 } /MemAvailable/ { print int((total - $2) / 1024) }' /proc/meminfo)"
poweroff
