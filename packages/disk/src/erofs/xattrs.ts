import { comparePaths, nameToBytes, type Inode } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { alignUp } from '../image/units.js';

/** Prefixes of attribute names and the numbers that replace them. The names of the two ACLs are replaced as a whole. */
const PREFIXES: readonly [prefix: string, index: number][] = [
  ['user.', 1],
  ['system.posix_acl_access', 2],
  ['system.posix_acl_default', 3],
  ['trusted.', 4],
  ['security.', 6],
];
const HEADER = 12;

/** The bytes of the attributes behind an inode, sorted by name: erofs_fs.h, struct erofs_xattr_ibody_header. */
export function encodeXattrs({ xattrs }: Inode, path: string): Buffer {
  if (!xattrs || xattrs.size === 0) return Buffer.alloc(0);
  const entries = [...xattrs]
    .sort(([a], [b]) => comparePaths(a, b))
    .map(([name, value]) => encodeEntry(name, value, path));
  return Buffer.concat([Buffer.alloc(HEADER), ...entries]);
}

/** The inode's i_xattr_icount: one for the header, and one for every four bytes behind it. */
export const xattrCount = (bytes: number): number => (bytes === 0 ? 0 : (bytes - HEADER) / 4 + 1);

function encodeEntry(name: string, value: Uint8Array, path: string): Buffer {
  const match = PREFIXES.find(([prefix]) =>
    prefix.endsWith('.') ? name.startsWith(prefix) : name === prefix,
  );
  if (!match) {
    throw new DiskError('unsupported-entry', `${path}: erofs cannot hold the extended attribute ${name}`);
  }
  const suffix = nameToBytes(name.slice(match[0].length));
  if (suffix.length > 255 || value.length > 0xffff) {
    throw new DiskError('unsupported-entry', `${path}: the extended attribute ${name} is too long`);
  }
  const entry = Buffer.alloc(alignUp(4 + suffix.length + value.length, 4));
  entry.writeUInt8(suffix.length, 0);
  entry.writeUInt8(match[1], 1);
  entry.writeUInt16LE(value.length, 2);
  suffix.copy(entry, 4);
  entry.set(value, 4 + suffix.length);
  return entry;
}
