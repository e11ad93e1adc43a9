# What LinuxKit's names lead to, seen from the host; then the machine is switched off.
exec >/dev/console 2>&1
. /etc/probe/probe.sh
words() { cut -d' ' -f2- "/var/log/$1"; }
has() { grep -q "$2" "/var/log/$1" 2>/dev/null; }

wait_for 120 [ -e /run/probe/login ]
wait_for 60 has talker.out.log output
wait_for 60 has talker.log error
say written "$(words talker.out.log)"
say written "$(words talker.log)"
say written "$(words onboot.000-hello.out.log)"
say onboot "$(cat /var/log/onboot/onboot.000-hello.out.log)"
say logread "$(/usr/bin/logread | cut -d';' -f2- | grep talker | tr '\n' '|')"
# The FIFO stays open, so that only a signal ends it.
timeout 5 /usr/bin/logread -f >/run/probe/followed &
sleep 1
logwrite -n said sh -c 'echo new; echo wrong >&2; exit 3'
say logwrite "status $?"
wait
say followed "$(cut -d';' -f2- /run/probe/followed | sort | tr '\n' '|')"
say in-container "$(cat /run/probe/login)"
python3.11 -IS /etc/probe/memlogd-client.py
wait_for 60 [ -e /var/log/noise.out.log.0 ]
say rotated "$(ls /var/log | grep -c '^noise.out.log.0$')"

# Without memlogd services write files by themselves.
kill "$(cat /run/memlogd.pid)"
service stop noise
sleep 1
service stop talker
service start talker
wait_for 60 has talker.out.log '^to'
say plain "$(tail -n 1 /var/log/talker.out.log)"
say plain "$(tail -n 1 /var/log/talker.log)"
poweroff
