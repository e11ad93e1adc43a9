import { createHash } from 'node:crypto';
import { bytesContent, readContent, type Entry, type Inode } from '@nx-linuxkit/tree';
import { POWER_OFF, QUIET_KERNEL, rootEntries } from './initrd.js';
import type { TestKernel } from './kernel.js';

/** A target whose slashes are all kept: the last one demands a directory. */
export const SLASHES = '//many//./';

/** Format of busybox's stat for one entry: path, type and mode, owner, group, links, time, device number. */
const STAT = '%n|%f|%u|%g|%h|%Y|%t,%T';

/** Prints what it sees of its own root, then powers off. */
const INIT = `#!/bin/busybox sh
export PATH=/bin LD_LIBRARY_PATH=/lib LC_ALL=C
busybox mount -t proc proc /proc
${QUIET_KERNEL}
echo HELLO-FROM-INIT
echo ROOT $(busybox grep -c . /proc/mounts)
busybox find / -xdev ! -path '/proc*' ! -path '/many/*' -exec busybox stat -c 'STAT ${STAT}' {} + | busybox sort
busybox find / -xdev -type f ! -path '/proc/*' -exec busybox sha256sum {} + | busybox sort | busybox sha256sum | busybox sed 's/^/SUM /'
echo LINK $(busybox readlink /weird) $(busybox readlink /slashes) $(busybox readlink /long | busybox sha256sum)
getfattr() { /lib64/ld-linux-x86-64.so.2 /usr/bin/getfattr "$@" 2>&1 | busybox sed 's/^/XATTR /'; }
getfattr -d -m - -e hex --absolute-names /bin/ping /bin/ping6 /tagged
${POWER_OFF}
`;

export const XATTRS = {
  'bin/ping': {
    'security.capability': '0100000200200000000000000000000000000000',
    'user.comment': '68656c6c6f',
  },
  'bin/ping6': { 'security.capability': '0100000200200000000000000000000000000000' },
  tagged: { 'trusted.overlay.opaque': '79', 'user.long': 'ab'.repeat(3000) },
};

/** Returns a root that an init can start from, with one entry of each kind. */
export function sampleRoot(kernel: TestKernel): Entry[] {
  const base = rootEntries(kernel, '', { 'sbin/init': INIT, ...kernel.getfattr }).filter(
    ({ path }) => path !== 'init',
  );
  const at = (type: Inode['type'], mode: number, rest: Partial<Inode> = {}): Inode => ({
    type,
    mode,
    uid: 0,
    gid: 0,
    mtime: 1_600_000_001,
    ...rest,
  });
  const content = (bytes: Buffer | string): Partial<Inode> => ({ content: bytesContent(bytes) });
  const shared = at('file', 0o640, { uid: 1000, gid: 70_000, ...content('shared\n') });
  const attributes = (path: keyof typeof XATTRS): Partial<Inode> => ({
    xattrs: new Map(Object.entries(XATTRS[path]).map(([name, hex]) => [name, Buffer.from(hex, 'hex')])),
  });
  const more: Record<string, Inode> = {
    'bin/ping': at('file', 0o4755, { ...content('ping'), ...attributes('bin/ping') }),
    'bin/ping6': at('file', 0o755, { ...content('ping6'), ...attributes('bin/ping6') }),
    tagged: at('dir', 0o700, attributes('tagged')),
    'dev/nvme': at('block', 0o640, { device: [259, 1048575] }),
    'dev/null': at('char', 0o666, { device: [1, 3] }),
    'dev/pipe': at('fifo', 0o600),
    hard1: shared,
    hard2: shared,
    empty: at('file', 0o644),
    large: at('file', 0o644, content(Buffer.alloc(3_000_001, 'large content '))),
    sparse: at('file', 0o644, content(Buffer.concat([Buffer.alloc(1_000_000), Buffer.from('end')]))),
    weird: at('symlink', 0o777, { target: `/../${'x'.repeat(300)}/./y` }),
    slashes: at('symlink', 0o777, { target: SLASHES }),
    long: at('symlink', 0o777, { target: `${'t/'.repeat(1900)}end` }),
    many: at('dir', 0o1777),
    ['n'.repeat(253)]: at('file', 0o644, content('long name')),
  };
  for (let i = 0; i < 2000; i++) more[`many/a longer name ${i}`] = at('file', 0o644, content(`${i}`));
  return [...base, ...Object.entries(more).map(([path, inode]) => ({ path, inode }))].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
}

/** Returns the lines that the guest must print. */
export async function expectedLines(entries: readonly Entry[]): Promise<{ stats: string[]; sum: string }> {
  const links = new Map<object, number>();
  const identity = (entry: Entry): object => (entry.inode.type === 'dir' ? entry : entry.inode);
  for (const entry of entries) {
    const { path, inode } = entry;
    const parent = entries.find((other) => other.path === path.slice(0, Math.max(0, path.lastIndexOf('/'))));
    links.set(identity(entry), (links.get(identity(entry)) ?? 0) + (inode.type === 'dir' ? 2 : 1));
    if (inode.type === 'dir' && path !== '' && parent) links.set(parent, links.get(parent)! + 1);
  }
  const types = {
    file: 0o100000,
    dir: 0o040000,
    symlink: 0o120000,
    char: 0o020000,
    block: 0o060000,
    fifo: 0o010000,
  };
  const stats: string[] = [];
  const sums: string[] = [];
  for (const entry of entries) {
    const { path, inode } = entry;
    const { type, mode, uid, gid, mtime, device = [0, 0] } = inode;
    if (!/^(many\/|proc)/.test(path)) {
      const numbers = device.map((number) => number.toString(16)).join();
      stats.push(
        `/${path}|${(types[type] | mode).toString(16)}|${uid}|${gid}|${links.get(identity(entry))}|${mtime}|${numbers}`,
      );
    }
    if (type !== 'file') continue;
    const hash = createHash('sha256');
    if (inode.content) for await (const chunk of readContent(inode.content)) hash.update(chunk);
    sums.push(`${hash.digest('hex')}  /${path}\n`);
  }
  return { stats, sum: createHash('sha256').update(sums.sort().join('')).digest('hex') };
}
