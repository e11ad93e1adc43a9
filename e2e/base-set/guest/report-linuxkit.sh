# What a system looks like to LinuxKit's packages, seen from the host; then the test acts on the machine from outside.
exec >/dev/console 2>&1
. /etc/probe/probe.sh
mounted() { awk -v at="$1" '$2 == at { found = $3 } END { print found }' /proc/mounts; }

for at in /var /var/btrfs /var/xfs; do say "mount $at" "$(mounted $at)"; done
say var "$(cd /var && stat -c '%n:%a' empty tmp log lib | tr '\n' ' ')$(readlink /var/run)"
say onboot-logs "$(readlink /var/log/onboot) $(ls /var/log/onboot | grep -c out.log)"
say containerd-log "$(grep -c . /var/log/containerd.log)"
say loop "$(losetup /dev/loop0 | cut -d' ' -f3)"
say nodes "$(cd /dev && for node in mapper/control loop-control loop7 fuse net/tun btrfs-control; do [ -c $node ] || [ -b $node ] && echo $node; done | tr '\n' ' ')"
mkdir /run/crypt
for name in plain luks; do
  mount -t ext4 /dev/mapper/$name /run/crypt && say "crypt $name" "$(mounted /run/crypt)"
  umount /run/crypt
  say "below $name" "$(head -c 4 /var/$name.img | grep -c LUKS) $(grep -c lost+found /var/$name.img)"
done
say processes "$(awk '/Max processes/ { print $3, $4 }' /run/limits)"
say certs "$(stat -c '%F' /etc/ssl/certs)"
say provider "$(cat /run/config/provider)"
say firewall "$(cat /run/firewall)"
say tunnel "$(cat /run/tunnel)"
say kmsg "$(wait_for 30 grep -q 'SCSI subsystem initialized' /var/log/kmsg.log && grep -o '^(.*SCSI subsystem initialized' /var/log/kmsg.log)"
metrics() { wget -q -O /run/metrics http://127.0.0.1:9100/metrics; }
wait_for 30 metrics
say metrics "$(grep -c -E '^node_cpu_seconds_total|^node_filesystem_size_bytes.*"/var/xfs"' /run/metrics)"
wait_for 60 grep -q trimmed /var/log/trim-after-delete.log
say trim "$(grep trimmed /var/log/trim-after-delete.log)"
# Last, as the clock goes back an hour for a moment.
: >/run/timesync.go
wait_for 60 [ -s /run/timesync ]
say timesync "$(cat /run/timesync)"
say agent "$(cat /var/log/qemu-ga.log)"
say outside ready
