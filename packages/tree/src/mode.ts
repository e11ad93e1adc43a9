import type { Inode, InodeType } from './inode.js';

/** The file type in st_mode (S_IFMT): inode(7), "The file type and mode". */
const TYPE_BITS: Readonly<Record<InodeType, number>> = {
  file: 0o100000,
  dir: 0o040000,
  symlink: 0o120000,
  char: 0o020000,
  block: 0o060000,
  fifo: 0o010000,
};
const TYPE_MASK = 0o170000;
const TYPES = new Map(Object.entries(TYPE_BITS).map(([type, bits]) => [bits, type as InodeType]));

/** An inode's st_mode, 16 bits: the file type in the upper four, `inode.mode` in the lower twelve. See inode(7). */
export function modeOf({ type, mode }: Pick<Inode, 'type' | 'mode'>): number {
  return TYPE_BITS[type] | mode;
}

/** The file type in an st_mode; undefined for one that a tree cannot hold (a socket). */
export function typeOfMode(mode: number): InodeType | undefined {
  return TYPES.get(mode & TYPE_MASK);
}
