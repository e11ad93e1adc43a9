# What services with annotations did, seen from the host. Read by a script that has read probe.sh.
runs() { [ -e "/run/probe/$1" ] && wc -l <"/run/probe/$1" || echo 0; }
ran() { [ "$(runs "$1")" -ge "$2" ]; }
running() { service list | grep -q "^$1 .*RUNNING"; }
process_of() { service list | awk -v name="$1" '$1 == name { print $2 }'; }

say began "$(cut -d' ' -f1 /proc/uptime)"
for name in failing hung; do wait_for 240 ran "$name" 2; done
for name in plain finished failing hung; do say "runs $name" "$(runs "$name")"; done
say early "$(cat /run/probe/early.ready)"
say after-early "$(head -n 1 /run/probe/after-early)"
say hanging "$(ps -o args | grep -c '^sleep 1001')"

running stopped && say stopped 'running before'
service stop stopped
sleep 4
running stopped || say stopped 'not running after'
service start stopped
running stopped && say stopped 'running again'
kill -KILL "$(process_of stopped)"
wait_for 60 ran stopped 3
say stopped "runs $(runs stopped)"
