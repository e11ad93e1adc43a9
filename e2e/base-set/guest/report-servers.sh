# What servers on a disk of AHCI did, seen from the host; then the machine is switched off.
exec >/dev/console 2>&1
. /etc/probe/probe.sh
in_container() {
  local name=$1 id
  read -r id _ </proc/sys/kernel/random/uuid
  shift
  ctr -n services.linuxkit tasks exec --exec-id "probe-$id" "$name" "$@"
}

say disk "$(awk '$2 == "/var" { last = $1 " " $3 } END { print last }' /proc/mounts)"
say driver "$(cat /sys/class/scsi_host/host0/proc_name)"

etcd() { in_container etcd /usr/bin/etcdctl "$@"; }
wait_for 120 etcd put probe kept >/dev/null
say etcd "$(etcd get --print-value-only probe)"

sql() { in_container postgres psql -h 127.0.0.1 -U app -At -c "$1" postgresql://app:secret@127.0.0.1/app; }
wait_for 240 sql 'SELECT 1' >/run/sql 2>&1
say postgres "$(sql "SELECT 'rows ' || count(*) FROM pg_timezone_names WHERE name = 'Europe/Berlin'")"
in_container postgres psql -h 127.0.0.1 -U app -At -c 'SELECT 1' postgresql://app:wrong@127.0.0.1/app >/run/sql 2>&1
say refused "$(grep -c 'password authentication failed' /run/sql)"

docker() { in_container docker /usr/bin/docker "$@"; }
tar -C / -cf /run/box.tar bin/busybox
wait_for 60 docker info >/run/docker.info 2>&1 || tail -n 20 /var/log/docker.log
say docker "$(docker info --format '{{.Driver}} {{.CgroupVersion}} {{.LoggingDriver}}')"
docker import /run/box.tar box >/dev/null
say contained "$(docker run --rm -m 64m box /bin/busybox sh -c 'busybox cat /sys/fs/cgroup/memory.max; busybox ip -o -4 addr show eth0 | busybox grep -c 172.17' | tr '\n' ' ')"

say bpftrace "$(/usr/bin/bpftrace -l 'tracepoint:syscalls:sys_enter_openat' | tr '\n' ' ')"
say traced "$(/usr/bin/bpftrace -e 'BEGIN { printf("%s\n", "began"); exit(); }' | grep began)"
poweroff
