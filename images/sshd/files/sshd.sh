#!/bin/sh
# Host keys: those of /run/config/ssh (metadata) or /etc/ssh (files), else new ones at each boot.
mkdir -p -m 755 /run/sshd
if [ -d /run/config/ssh ]; then
  cp /run/config/ssh/ssh_host_* /etc/ssh/ 2>/dev/null
  [ -f /run/config/ssh/sshd_config ] && cp /run/config/ssh/sshd_config /etc/ssh/
fi
chmod 600 /etc/ssh/ssh_host_*_key 2>/dev/null
# Not RSA, which takes an emulated machine half a minute; a key of it that is brought along is used.
[ -e /etc/ssh/ssh_host_ed25519_key ] || ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
set -- -o HostKey=/etc/ssh/ssh_host_ed25519_key "$@"
[ -e /etc/ssh/ssh_host_rsa_key ] && set -- -o HostKey=/etc/ssh/ssh_host_rsa_key "$@"
exec /usr/sbin/sshd -D -e "$@"
