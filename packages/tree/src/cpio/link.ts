import { createHash } from 'node:crypto';
import { nameToBytes } from '../name.js';

/** What a newc header says of an inode that has several names in its archive. Each number has 32 bits. */
export interface Link {
  readonly ino: number;
  readonly dev: readonly [major: number, minor: number];
  /** Number of names that the archive has for the inode. */
  readonly nlink: number;
}

/**
 * The numbers of an inode with several names, out of a hash of its scope and first path: parts of an archive are made
 * without knowledge of each other, and readers join names with equal numbers. Linux, GNU cpio and libarchive compare
 * all 96 bits. busybox compares `ino` alone, whose 32 bits are equal by accident in one of 8,000 archives with 1,000
 * such inodes.
 */
export function linkOf(scope: string, path: string, nlink: number): Link {
  const hash = createHash('sha256').update(`${scope}\0`).update(nameToBytes(path)).digest();
  return { ino: hash.readUInt32BE(0), dev: [hash.readUInt32BE(4), hash.readUInt32BE(8)], nlink };
}
