import { nameToBytes, type Inode } from '@nx-linuxkit/tree';
import { alignUp } from './image/units.js';
import type { RootFileSystem } from './root-file-systems.js';

/** Which extended attributes a file system can hold. */
interface XattrLimits {
  /** What a name begins with. */
  readonly prefixes: readonly string[];
  /** Names as a whole. */
  readonly names: readonly string[];
  /** Bytes of the longest value. */
  readonly longestValue: number;
  /** Bytes of all attributes of an inode, each as erofs pads it. */
  readonly room: number;
}

const PREFIXES = ['user.', 'trusted.', 'security.'];
/** XATTR_NAME_MAX and XATTR_SIZE_MAX of include/uapi/linux/limits.h: no program can read what is longer. */
const LONGEST_NAME = 255;
const LONGEST_VALUE = 65536;

const LIMITS: Readonly<Record<RootFileSystem, XattrLimits>> = {
  squashfs: { prefixes: PREFIXES, names: [], longestValue: LONGEST_VALUE, room: Infinity },
  erofs: {
    prefixes: PREFIXES,
    names: ['system.posix_acl_access', 'system.posix_acl_default'],
    // The field e_value_size has 16 bits.
    longestValue: 0xffff,
    // The field i_xattr_icount has 16 bits: one for the header, and one for every four bytes behind it.
    room: (0xffff - 1) * 4,
  },
  // Rock Ridge has no attributes that Linux reads.
  iso9660: { prefixes: [], names: [], longestValue: 0, room: 0 },
};

/** Bytes that erofs puts before a name and its value. */
const ENTRY = 4;

/** An inode without the extended attributes that a file system cannot hold, and the names of these in order. */
export interface FittingXattrs {
  /** The given object if all fit. */
  readonly inode: Inode;
  readonly leftOut: readonly string[];
}

/**
 * Leaves out the extended attributes that a root file system cannot hold: those of other systems
 * (`com.apple.provenance`), ACLs on squashfs, all of them on ISO 9660, and what the format's fields are too small for.
 */
export function fittingXattrs(fileSystem: RootFileSystem, inode: Inode): FittingXattrs {
  if (!inode.xattrs || inode.xattrs.size === 0) return { inode, leftOut: [] };
  const limits = LIMITS[fileSystem];
  const xattrs = new Map<string, Uint8Array>();
  const leftOut: string[] = [];
  let { room } = limits;
  for (const [name, value] of [...inode.xattrs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const size = alignUp(ENTRY + nameToBytes(name).length + value.length, 4);
    if (fits(name, value, limits) && size <= room) {
      xattrs.set(name, value);
      room -= size;
    } else leftOut.push(name);
  }
  return leftOut.length === 0 ? { inode, leftOut } : { inode: { ...inode, xattrs }, leftOut };
}

function fits(name: string, value: Uint8Array, { prefixes, names, longestValue }: XattrLimits): boolean {
  if (name.includes('\0') || nameToBytes(name).length > LONGEST_NAME || value.length > longestValue)
    return false;
  return names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix) && name !== prefix);
}
