# Speaks memlogd's protocol: passes a log's descriptor, then prints the lines that are kept.
import sys
import time
from _socket import AF_UNIX, SCM_RIGHTS, SOCK_DGRAM, SOL_SOCKET, socket, socketpair

ours, theirs = socketpair()
logs = socket(AF_UNIX, SOCK_DGRAM)
passed = theirs.fileno().to_bytes(4, sys.byteorder)
logs.sendmsg([b'passed'], [(SOL_SOCKET, SCM_RIGHTS, passed)], 0, '/var/run/linuxkit-external-logging.sock')
theirs.close()
ours.send('a "quoted" word, too long: '.encode() + b'x' * 2000 + b'\n')
ours.close()
time.sleep(2)
query = socket(AF_UNIX)
query.connect('/var/run/memlogdq.sock')
query.send(bytes([0]))
text = b''
while True:
    more = query.recv(65536)
    if not more:
        break
    text += more
for line in text.decode().splitlines():
    if '"noise.out"' not in line:
        print('probe query:', line)
