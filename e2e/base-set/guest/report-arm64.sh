# Which services run on arm64, seen from the host; then the machine is switched off.
exec >/dev/console 2>&1
. /etc/probe/probe.sh
tasks() { ctr -n services.linuxkit tasks ls | sed -n 's/^\([a-z][a-z_-]*\) .* RUNNING.*/\1/p' | sort | tr '\n' ' '; }
answers() { wget -q -O /run/page http://127.0.0.1/ && grep -q 'Welcome to nginx' /run/page; }

wait_for 300 answers
say nginx "$(grep -o 'Welcome to nginx' /run/page | head -n 1)"
metrics() { wget -q -O /run/metrics http://127.0.0.1:9100/metrics; }
wait_for 120 metrics
say metrics "$(grep -c '^node_cpu_seconds_total' /run/metrics)"
ready() { /usr/bin/logread | grep -q 'database system is ready'; }
wait_for 300 ready && say postgres ready
say logs "$(/usr/bin/logread | grep -c ';onboot.000-debug.out;curl 7')"
say running "$(tasks)"
say machine "$(uname -m)"
poweroff
