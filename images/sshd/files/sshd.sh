#!/bin/sh
# Host keys: those of /run/config/ssh (metadata) or /etc/ssh (files), else new ones at each boot.
mkdir -p -m 755 /run/sshd
if [ -d /run/config/ssh ]; then
  cp /run/config/ssh/ssh_host_* /etc/ssh/ 2>/dev/null
  [ -f /run/config/ssh/sshd_config ] && cp /run/config/ssh/sshd_config /etc/ssh/
fi
chmod 600 /etc/ssh/ssh_host_*_key 2>/dev/null
for type in ed25519 rsa; do
  [ -e /etc/ssh/ssh_host_${type}_key ] || ssh-keygen -q -t $type -N '' -f /etc/ssh/ssh_host_${type}_key
done
exec /usr/sbin/sshd -D -e "$@"
