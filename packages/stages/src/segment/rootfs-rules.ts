import { Tree, type Origin, type Rules } from '@nx-linuxkit/tree';
import { generatedDirectory, generatedFile, generatedLink } from '../generated-inode.js';
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

/** A container needs a file here, over which the real one is bound. */
const NO_RESOLV_CONF = '\n# no resolv.conf configured\n';

/** Init images and volumes share the root's file, which a DHCP client writes below /run. */
const RESOLV_CONF_LINK = '/run/resolvconf/resolv.conf';

const DIRECTORIES = ['dev', 'dev/pts', 'dev/shm', 'etc', 'proc', 'sys'];

/** LinuxKit's rules for the root of an image: what it drops, replaces and adds in the end. */
export function rootfsRules(section: Exclude<SegmentSection, 'kernel'>, origin: Origin): Rules {
  const resolvConf =
    section === 'init' || section === 'volumes'
      ? generatedLink(RESOLV_CONF_LINK, { mode: 0o644, origin })
      : generatedFile(NO_RESOLV_CONF, { origin });
  const replace = new Tree();
  for (const path of DIRECTORIES) replace.set(path, generatedDirectory(origin));
  replace.set('etc/hosts', generatedFile(HOSTS, { origin }));
  replace.set('etc/resolv.conf', resolvConf);
  const touch = new Tree();
  touch.set('etc/mtab', generatedLink('/proc/mounts', { mode: 0o755, origin }));
  return { exclude: EXCLUDED, replace, touch };
}
