# What a system's onboot containers left behind, seen from the host.
. /etc/probe/probe.sh

say sysctl "$(cat /proc/sys/fs/inotify/max_user_instances)"
say sysfs "$(cat /sys/kernel/mm/transparent_hugepage/enabled)"
say modprobe "$(grep -c '^dummy ' /proc/modules)"
say binfmt "$(tr '\n' ' ' </proc/sys/fs/binfmt_misc/probe)"
say mkdir "$(stat -c '%F %a' /var/probe/a/b)"
say runtime-mkdir "$(stat -c '%F %a' /run/probe-made)"
say volume "$(cat /containers/volumes/shared/merged/word)"
while read -r device path type options _; do
  case $path in
    /var/mounts/*) say "mount ${path#/var/mounts/}" "$type ${options%%,*} ${device#/dev/}" ;;
  esac
done </proc/mounts
while read -r file _; do say swap "$file"; done </proc/swaps
say swap-refused "$([ -e /var/mounts/first/refused ] && echo made || echo none)"
say address "$(ip -4 -o addr show dev eth0 | grep -o 'inet [0-9.]*')"
say resolver "$(cat /etc/resolv.conf | tr '\n' ' ')"
for cd in cd disk file; do
  for file in provider hostname instance_id userdata ssh/authorized_keys; do
    [ -f "/run/config-$cd/$file" ] && say "$cd $file" "$(head -n 1 "/run/config-$cd/$file")"
  done
done
for link in /sys/class/net/*; do say host-links "${link##*/}"; done
say bound-net "$(nsenter --net=/run/netns/probe ip -o link | cut -d: -f2 | tr -d '\n')"
say bound-uts "$(nsenter --uts=/run/uts-probe hostname)"
for log in /var/log/onboot/*; do say logs "${log##*/}"; done
say log "$(cat /var/log/onboot/onboot.*-failing.out.log)"
poweroff
