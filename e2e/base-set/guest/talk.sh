# A service with two outputs.
echo to standard output
echo to standard error >&2
while [ -e /etc/probe ]; do sleep 1; done
