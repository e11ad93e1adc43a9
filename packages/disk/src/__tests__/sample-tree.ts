import { bytesContent, type Entry, type Inode } from '@nx-linuxkit/tree';
import { noise } from './tools.js';

const MTIME = Date.UTC(2020, 0, 2, 3, 4, 5) / 1000;

export const inodeOf = (type: Inode['type'], mode: number, rest: Partial<Inode> = {}): Inode => ({
  type,
  mode,
  uid: 0,
  gid: 0,
  mtime: MTIME,
  ...rest,
});

const file = (content: string | Uint8Array, mode = 0o644, rest: Partial<Inode> = {}): Inode =>
  inodeOf('file', mode, { content: bytesContent(content), ...rest });
const directory = (mode = 0o755): Inode => inodeOf('dir', mode);
const link = (target: string): Inode => inodeOf('symlink', 0o777, { target });

/** A tree with every type of entry, every attribute and every odd name that a root file system can hold. */
export function sampleTree(): Entry[] {
  const shared = file('hard linked\n', 0o644, { uid: 1000, gid: 1001 });
  // Two directories share one object, but must not become hard links.
  const sharedDirectory = directory(0o711);
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');
  const paths: Record<string, Inode> = {
    '': directory(),
    bin: directory(),
    'bin/su': file('setui', 0o4755),
    'bin/ping': file('ping', 0o755, {
      xattrs: new Map<string, Uint8Array>([
        ['security.capability', capability],
        ['user.comment', Buffer.from('a comment that is not so short')],
        ['trusted.overlay.opaque', Buffer.from('y')],
      ]),
    }),
    'bin/ping6': file('ping6', 0o755, { xattrs: new Map([['security.capability', capability]]) }),
    dev: directory(),
    'dev/null': inodeOf('char', 0o666, { device: [1, 3] }),
    'dev/nvme0n1': inodeOf('block', 0o640, { gid: 6, device: [259, 1048575] }),
    'dev/initctl': inodeOf('fifo', 0o600),
    empty: file(''),
    hard1: shared,
    hard2: shared,
    large: file(noise(1_000_003, 'large'), 0o600),
    many: directory(),
    sbin: link('usr/sbin'),
    sparse: file(Buffer.concat([Buffer.alloc(400_000), Buffer.from('end')])),
    shared1: sharedDirectory,
    'shared1/a': file('in one'),
    shared2: sharedDirectory,
    'shared2/b': file('in the other'),
    tmp: directory(0o1777),
    usr: directory(),
    'usr/sbin': directory(),
    'usr/sbin/copy-of-large': file(noise(1_000_003, 'large')),
    weird: link(`/../abs/${'x'.repeat(300)}/./y`),
    long: link(`${'t/'.repeat(400)}end`),
    ['n'.repeat(253)]: file('long name', 0o644, { uid: 70_000, gid: 4_000_000 }),
    'na\udcffme': file('not UTF-8'),
    'Ünïcode ß': file('unicode'),
  };
  for (let i = 0; i < 700; i++) paths[`many/file-${i}`] = file(`${i}`);
  return Object.entries(paths)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([path, inode]) => ({ path, inode }));
}
