# stay.sh NAME [SECONDS]: notes that it ran, is ready after some seconds, and stays.
cut -d' ' -f1 /proc/uptime >>"/run/probe/$1"
sleep "${2:-0}"
cut -d' ' -f1 /proc/uptime >"/run/probe/$1.ready"
trap 'exit 0' TERM
sleep 2147483647 &
wait
