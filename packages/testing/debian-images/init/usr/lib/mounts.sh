# Sourced by rc.init: the mounts of a booted system, and loading of the modules that its devices ask for.
mkdir -p /proc /sys /dev /run /tmp /var
mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
exec </dev/console >/dev/console 2>&1
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /run
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /tmp
mount -t tmpfs -o nosuid,nodev,mode=0755 tmpfs /var
mkdir -p /dev/pts /dev/shm /run/log /run/resolvconf /var/log /var/lib /var/tmp
mount -t devpts -o nosuid,noexec,gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs /dev/shm
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
ln -sf /run /var/run
: >/run/resolvconf/resolv.conf

mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
for controller in cpuset cpu io memory hugetlb pids rdma misc; do
  echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
done
mount --make-rshared /

# Several passes: a bus such as virtio shows its devices only once its own driver is there.
coldplug() {
  : >/run/modalias.old
  for pass in 1 2 3 4 5; do
    find /sys/devices -name modalias -exec cat {} + 2>/dev/null | sort -u >/run/modalias
    sort /run/modalias.old /run/modalias | uniq -u >/run/modalias.new
    [ -s /run/modalias.new ] || break
    xargs modprobe -abq </run/modalias.new >/dev/null 2>&1
    cp /run/modalias /run/modalias.old
  done
  modprobe -q overlay
}
