# Steps of rc.shutdown.

# TERM to all, KILL after 5 seconds to those that are left.
stop_processes() {
  kill -TERM -1 2>/dev/null
  left=50
  while [ $left -gt 0 ] && others; do
    left=$((left - 1))
    sleep 0.1
  done
  kill -KILL -1 2>/dev/null
  sync
}

# Is there a process that is neither a kernel thread (it has no command line), nor init, nor this one?
others() {
  for process in /proc/[0-9]*; do
    case ${process#/proc/} in
      1 | $$) continue ;;
    esac
    [ "$(tr -d '\0' 2>/dev/null <"$process/cmdline" | head -c 1)" ] && return 0
  done
  return 1
}

# The last mount first, as one may lie in another.
unmount_disks() {
  awk '
    $3 ~ /^(ext[234]|btrfs|xfs|vfat|msdos|overlay)$/ { order[++n] = "umount " $2 }
    $3 ~ /^(nfs4?|cifs)$/ { order[++n] = "umount -l " $2 }
    END { for (; n > 0; n--) print order[n] }
  ' /proc/mounts | while read -r command; do
    $command 2>/dev/null
  done
  sync
}
