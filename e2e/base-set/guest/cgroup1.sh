# In a container of its own cgroup, on a system with version 1.
while IFS=: read -r _ controllers path; do
  case $controllers in
    memory | pids | cpu* | name=systemd) echo "probe cgroup $controllers: $path" ;;
  esac
done </proc/self/cgroup
echo "probe limit: $(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)"
echo "probe mounted: $(grep -c ' cgroup ' /proc/mounts) $(grep -c ' cgroup2 ' /proc/mounts)"
