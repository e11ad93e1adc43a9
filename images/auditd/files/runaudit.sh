#!/bin/sh
mkdir -p /var/log/audit && chmod 700 /var/log/audit
auditctl -R /etc/audit/audit.rules >/dev/null
exec /sbin/auditd -n
