# Steps of rc.init, in its order.

# Does the kernel command line have this word?
cmdline() {
  local line
  read -r line </proc/cmdline
  case " $line " in
    *" $1 "*) return 0 ;;
  esac
  return 1
}

# Mounts that a kernel may lack, or that a container may not make, are not an error.
try_mount() {
  mount "$@" 2>/dev/null
}

mount_root() {
  mount -t proc -o nosuid,nodev,noexec proc /proc
  # A plain remount fails on rootfs; as a bind mount it works.
  mount -o remount,bind,ro / || mount -o remount,ro /
  mount -t tmpfs -o nosuid,nodev,size=10%,mode=755 tmpfs /run
  mount -t tmpfs -o nosuid,nodev,size=10%,mode=1777 tmpfs /tmp
  mount -t tmpfs -o nosuid,nodev,size=50%,mode=755 tmpfs /var
  fill_var
  # Where /etc/resolv.conf leads to. LinuxKit's first documents bind /tmp/etc as a DHCP client's /etc.
  mkdir /run/resolvconf
  ln -s /run/resolvconf /tmp/etc
}

# Makes what is missing of /var, which is a tmpfs first, and a disk if onboot mounts one there. Errors of a disk that is
# read-only are closed away, as there is no /dev/null at first.
fill_var() {
  (
    cd /var || exit
    mkdir -p cache lib local lock log opt spool
    [ -d empty ] || mkdir -m 555 empty
    [ -d tmp ] || mkdir -m 1777 tmp
    [ -e run ] || ln -s /run run
  ) 2>&-
}

mount_dev() {
  mount -t devtmpfs -o nosuid,noexec,size=10m,mode=755 dev /dev
  ln -sf /proc/self/fd /dev/fd
  ln -sf fd/0 /dev/stdin
  ln -sf fd/1 /dev/stdout
  ln -sf fd/2 /dev/stderr
  [ -e /proc/kcore ] && ln -sf /proc/kcore /dev/kcore
  mkdir -p /dev/pts /dev/shm /dev/mqueue
  mount -t devpts -o nosuid,noexec,gid=5,mode=0620,ptmxmode=0666 devpts /dev/pts
  mount -t tmpfs -o nosuid,nodev,noexec,mode=1777 shm /dev/shm
  try_mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
}

mount_kernel_file_systems() {
  mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
  set -- securityfs:kernel/security debugfs:kernel/debug configfs:kernel/config fusectl:fs/fuse/connections \
    selinuxfs:fs/selinux pstore:fs/pstore bpf:fs/bpf efivarfs:firmware/efi/efivars
  for one in "$@"; do
    # The kernel makes the directory of what it has.
    [ -d "/sys/${one#*:}" ] && try_mount -t "${one%%:*}" -o nosuid,nodev,noexec "${one%%:*}" "/sys/${one#*:}"
  done
  modprobe -q binfmt_misc 2>/dev/null
  [ -d /proc/sys/fs/binfmt_misc ] &&
    try_mount -t binfmt_misc -o nosuid,nodev,noexec binfmt_misc /proc/sys/fs/binfmt_misc
  mount --make-rshared /
}

mount_cgroups() {
  if cmdline linuxkit.unified_cgroup_hierarchy=0; then
    mount_cgroups_v1
    return
  fi
  mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 /sys/fs/cgroup
  # One at a time, because one that is missing would refuse them all.
  read -r names </sys/fs/cgroup/cgroup.controllers
  for name in $names; do
    echo "+$name" >/sys/fs/cgroup/cgroup.subtree_control
  done
}

mount_cgroups_v1() {
  mount -t tmpfs -o nosuid,nodev,noexec,mode=755,size=10m cgroup_root /sys/fs/cgroup
  while read -r name _ _ enabled; do
    [ "$enabled" = 1 ] || continue
    mkdir "/sys/fs/cgroup/$name"
    mount -t cgroup -o "nosuid,nodev,noexec,$name" "$name" "/sys/fs/cgroup/$name" || rmdir "/sys/fs/cgroup/$name"
  done </proc/cgroups
  [ -e /sys/fs/cgroup/memory/memory.use_hierarchy ] && echo 1 >/sys/fs/cgroup/memory/memory.use_hierarchy
  mkdir /sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
}

# Loads the modules of all devices. A driver can make new devices (a virtio bus), so it takes several passes.
load_drivers() {
  [ -e /proc/sys/kernel/hotplug ] && echo /sbin/mdev >/proc/sys/kernel/hotplug
  : >/run/modalias.seen
  pass=0
  while [ $pass -lt 5 ]; do
    pass=$((pass + 1))
    cat /sys/bus/*/devices/*/modalias /sys/class/*/*/modalias /sys/devices/system/*/modalias 2>/dev/null | sort -u >/run/modalias
    sort /run/modalias.seen /run/modalias | uniq -u >/run/modalias.new
    [ -s /run/modalias.new ] || break
    xargs modprobe -abq </run/modalias.new 2>/dev/null
    mv /run/modalias /run/modalias.seen
  done
  rm -f /run/modalias /run/modalias.seen /run/modalias.new
}

# Makes the device nodes of modules that are loaded when their node is opened: modules.devname of kmod(8) lists
# `module node type major:minor`. The node in a directory of containers is one that every user may open.
make_static_nodes() {
  local module node number kind major mode
  while read -r module node number; do
    case $module in
      '#'*) continue ;;
      loop) make_loop_nodes ;;
    esac
    [ -e "/dev/$node" ] && continue
    case $node in
      fuse | net/tun) mode=666 ;;
      *) mode=600 ;;
    esac
    kind=${number%%[0-9]*}
    major=${number#"$kind"}
    mkdir -p "/dev/${node%"${node##*/}"}"
    mknod -m $mode "/dev/$node" "$kind" "${major%:*}" "${major#*:}"
  done 2>/dev/null <"/lib/modules/$(uname -r)/modules.devname"
}

# A kernel with its loop driver built in has eight devices, and programs count on the first ones.
make_loop_nodes() {
  local index=0
  while [ $index -lt 8 ]; do
    [ -e "/dev/loop$index" ] || mknod -m 600 "/dev/loop$index" b 7 $index
    index=$((index + 1))
  done
}

set_clock() {
  [ -c /dev/rtc0 ] && hwclock --hctosys --utc 2>/dev/null
}

start_loopback() {
  ip link set lo up 2>/dev/null
}

raise_limits() {
  ulimit -n 1048576 2>/dev/null
  ulimit -u unlimited 2>/dev/null
}

set_hostname() {
  if [ -s /etc/hostname ]; then
    hostname -F /etc/hostname
  elif [ "$(hostname)" = '(none)' ] && [ -e /sys/class/net/eth0/address ]; then
    hostname "linuxkit-$(tr -d : </sys/class/net/eth0/address)"
  fi
}

# Containers bind it, so there must be something where it leads to.
prepare_resolv_conf() {
  target=$(readlink /etc/resolv.conf) || return
  mkdir -p "${target%/*}"
  [ -e "$target" ] || : >"$target"
}

# Runs the executables of a directory in the order of their names, and waits for each.
run_parts() {
  for part in "$1"/*; do
    [ -f "$part" ] && [ -x "$part" ] && "$part"
  done
}
