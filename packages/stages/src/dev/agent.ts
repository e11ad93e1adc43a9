import { Tree, bytesContent, type Inode } from '@nx-linuxkit/tree';

/** The name of the port of the machine through which the agent talks. */
export const AGENT_PORT = 'org.nx-linuxkit.dev';

/** Bytes of which each message has whole ones, filled up with zeros: the guest takes them by reads of this size. */
export const AGENT_BLOCK = 4096;

/** Where the root has the agent. Both inits run what lies there in the order of the names; services have started by then. */
export const AGENT_PATH = 'etc/init.d/099-nx-linuxkit-dev';

/**
 * The agent. It says `ready`, then takes lines `replace REMOVED SIZE NAME...`: after the line come as many bytes of paths, each
 * ended by NUL, and as many of a cpio archive, both relative to the root and filled up to whole blocks. It answers `done`, or `failed` and why. The services
 * do not get its port (`3<&-`), because a port has one reader.
 */
const AGENT = `#!/bin/sh
PATH=/sbin:/usr/sbin:/bin:/usr/bin
export PATH
[ "$1" = serve ] || {
  "$0" serve </dev/null >/dev/null 2>&1 &
  exit 0
}
work=/run/nx-linuxkit-dev
mkdir -p $work
root=$(sed -n 's,^[^ ]* / [^ ]* \\(r[ow]\\).*,\\1,p' /proc/mounts | tail -n 1)
modprobe virtio_console
port=
until [ -n "$port" ]; do
  for name in /sys/class/virtio-ports/*/name; do
    [ "$(cat "$name")" = ${AGENT_PORT} ] && port=\${name%/name}
  done
  [ -n "$port" ] || sleep 0.2
done

# Without containerd init starts the services behind what lies in /etc/init.d. One may wait for another that is never healthy.
left=300
command -v containerd || for bundle in /containers/services/*/; do
  until [ -e "/run/services/$(basename "$bundle")" ] || [ $left = 0 ]; do
    left=$((left - 1))
    sleep 0.2
  done
done

# take SIZE: prints bytes of the port. \`head\` alone would read beyond them.
take() {
  dd bs=${AGENT_BLOCK} count=$((($1 + ${AGENT_BLOCK} - 1) / ${AGENT_BLOCK})) iflag=fullblock <&3 2>/dev/null | head -c "$1"
}

# Init makes the root read-only by a flag of its mount alone.
write_files() {
  mount -o remount,bind,rw /
  (cd / && xargs -0 rm -rf <$work/removed && cpio -idum <$work/archive)
  status=$?
  [ "$root" != ro ] || mount -o remount,bind,ro /
  return $status
}

# A service that starts outlives this call, so it gets a file for its output and no pipe that is read to its end.
replace() {
  for name in "$@"; do
    service stop "$name" 3<&- >>$work/log 2>&1 || { echo "failed service stop $name"; return; }
  done
  write_files || { echo "failed to write files: $(tail -n 1 $work/log)"; return; }
  for name in "$@"; do
    service start "$name" 3<&- >>$work/log 2>&1 || { echo "failed service start $name"; return; }
  done
  echo 'done'
}

exec 3<>"/dev/\${port##*/}"
echo ready >&3
while :; do
  while read -r verb removed size names <&3; do
    [ "$verb" = replace ] || continue
    take "$removed" >$work/removed
    take "$size" >$work/archive
    said=$(replace $names 2>$work/log | tail -n 1)
    rm -f $work/removed $work/archive
    echo "$said" >&3
  done
  # The host has not connected yet, or has gone.
  sleep 0.2
done
`;

/** The agent as a tree to append to a root. */
export function agentTree(): Tree {
  const file: Inode = {
    ...{ type: 'file', mode: 0o755, uid: 0, gid: 0, mtime: 0 },
    content: bytesContent(Buffer.from(AGENT)),
  };
  const tree = new Tree();
  tree.set(AGENT_PATH, file);
  return tree;
}
