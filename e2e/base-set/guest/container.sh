# In a container that has what its runtime.json says.
for link in /sys/class/net/*; do echo "probe links: ${link##*/}"; done
echo "probe made: $(stat -c '%F %a' /made)"
echo "probe mounted: $(grep ' /mounted ' /proc/mounts)"
echo "probe cgroup: $(tail -n 1 /proc/self/cgroup) $(cat /sys/fs/cgroup/probe/of/it/memory.max /sys/fs/cgroup/memory.max 2>/dev/null)"
