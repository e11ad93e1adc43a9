# A time server, one question a run of nc.
while true; do nc -u -l -p 123 -e /etc/probe/ntp-answer.sh; done
