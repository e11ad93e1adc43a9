import type { Content } from '../content.js';
import type { Entry, Inode } from '../inode.js';

/** One member of a cpio archive, in archive order. */
export interface CpioMember {
  readonly path: string;
  readonly inode: Inode;
  /** Local to its archive. */
  readonly ino: number;
  readonly nlink: number;
  /** The bytes that follow the header; of a hard-linked file only its first name has them. */
  readonly content?: Content;
}

/** Members of one archive for entries in the order given: numbers, link counts, bytes on the first name. */
export function cpioMembers(_entries: Iterable<Entry>): CpioMember[] {
  throw new Error('not built');
}
