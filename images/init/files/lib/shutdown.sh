# Steps of rc.shutdown.

# TERM to all, KILL to those that are left after 5 seconds.
stop_processes() {
  local end
  kill -TERM -1 2>/dev/null
  end=$(($(seconds) + 5))
  while others && [ "$(seconds)" -lt $end ]; do sleep 0.1; done
  kill -KILL -1 2>/dev/null
  sync
}

# Since the boot; the clock may be set meanwhile.
seconds() {
  local up
  read -r up _ </proc/uptime
  echo "${up%.*}"
}

# Is there a process that is neither a kernel thread (it has no command line), nor init, nor this one? Without
# forks, as there are many to look at.
others() {
  local process line
  for process in /proc/[0-9]*; do
    case ${process#/proc/} in
      1 | $$) continue ;;
    esac
    line=
    read -r line 2>/dev/null <"$process/cmdline"
    [ -z "$line" ] || return 0
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
