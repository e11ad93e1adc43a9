import { DEFAULT_MTIME, Tree, bytesContent, type Inode, type Origin, type Rules } from '@nx-linuxkit/tree';
import type { SegmentSection } from '../plan/os-plan.js';

/** What Docker leaves in images for itself, and what is made at run time. */
const EXCLUDED = ['.dockerenv', 'Dockerfile', 'dev/console', 'dev/pts', 'dev/shm', 'etc/hostname'];

const HOSTS = `127.0.0.1       localhost
::1     localhost ip6-localhost ip6-loopback
fe00::0 ip6-localnet
ff00::0 ip6-mcastprefix
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
`;

/** A container has a file there to bind the real one over. */
const NO_RESOLV_CONF = '\n# no resolv.conf configured\n';

/** Init and volumes share the root's, which a DHCP client writes below /run. */
const RESOLV_CONF_LINK = '/run/resolvconf/resolv.conf';

const DIRECTORIES = ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys'];

/** LinuxKit's rules for an image's root: the net effect of what it drops, replaces and adds. */
export function rootfsRules(section: Exclude<SegmentSection, 'kernel'>, origin: Origin): Rules {
  const inode = (rest: Pick<Inode, 'type' | 'mode'> & Partial<Inode>): Inode => ({
    uid: 0,
    gid: 0,
    mtime: DEFAULT_MTIME,
    origin,
    ...rest,
  });
  const resolvConf =
    section === 'init' || section === 'volumes'
      ? inode({ type: 'symlink', mode: 0o644, target: RESOLV_CONF_LINK })
      : inode({ type: 'file', mode: 0o644, content: bytesContent(NO_RESOLV_CONF) });
  const replace = new Tree();
  for (const path of DIRECTORIES) replace.set(path, inode({ type: 'dir', mode: 0o755 }));
  replace.set('etc/hosts', inode({ type: 'file', mode: 0o644, content: bytesContent(HOSTS) }));
  replace.set('etc/resolv.conf', resolvConf);
  const touch = new Tree();
  touch.set('etc/mtab', inode({ type: 'symlink', mode: 0o755, target: '/proc/mounts' }));
  return { exclude: EXCLUDED, replace, touch };
}
