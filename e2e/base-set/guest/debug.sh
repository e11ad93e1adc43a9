# What the tools of the image say, a line for each.
curl --version | head -n 1 | cut -c1-8
strace -o /tmp/trace true && grep -q 'exited with 0' /tmp/trace && echo 'strace: exited with 0'
echo "jq: $(echo '{"a":[1,2]}' | jq -r '.a[1]')"
echo "tcpdump: $(tcpdump --list-interfaces | grep -o '\blo\b' | head -n 1)"
echo "lsof: $(lsof -p $$ | grep -c 'debug\.sh$')"
echo "certificates: $(grep -c BEGIN /etc/ssl/certs/ca-certificates.crt)"
echo done
while [ -e /etc/probe ]; do sleep 1; done
