# What the service `connected` has from the host; its process is $pid.
nsenter --net=/run/netns/connected ip -o link | while read -r _ link _; do say inside "${link%%[@:]*}"; done
for link in /sys/class/net/*; do say outside "${link##*/}"; done
[ "$(readlink /proc/"$pid"/ns/net)" = "$(nsenter --net=/run/netns/connected readlink /proc/self/ns/net)" ] &&
  say bound 'to its network'
say directory "$(stat -c '%F %a' /run/probe/made)"
say mount "$(grep ' /run/probe/mounted ' /proc/mounts)"
say cgroup "$(tail -n 1 /proc/"$pid"/cgroup) $(cat /sys/fs/cgroup/probe/service/it/pids.max)"
