# Sets the clock an hour back, asks the daemon for the hardware clock, and writes how far behind the clock was, and is.
until [ -e /run/timesync.go ]; do sleep 1; done
right=$(date +%s)
date -s "@$((right - 3600))" >/dev/null
behind=$((right - $(date +%s)))
socat -u VSOCK-CONNECT:1:62372 - 2>&1
echo "$behind $((right - $(date +%s)))" >/run/timesync
sleep 600
