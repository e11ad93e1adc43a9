import type { Entry } from '@nx-linuxkit/tree';
import type { StoredPart } from '../archive/stored-part.js';
import type { SealedFile } from '../seal.js';

/** How the initramfs of a system is put together: everything that must be computed from the trees of its images. */
export interface Arrangement {
  /** What the initrd takes of each segment, in the order of the plan. */
  readonly taken: readonly Taken[];
  /** What only this system has of its images: parts in place of those that are not taken, and what no layer holds. */
  readonly remade: readonly StoredPart[];
  /** The file that `remade` makes, where an earlier build has noted it. */
  readonly remadeFile?: SealedFile;
  /** Entries of the own part, the last one: what the system itself brings. */
  readonly own: readonly Entry[];
  /** Bytes of memory that the unpacked root takes. */
  readonly unpacked: number;
  /** Paths of programs with file capabilities, sorted. */
  readonly capable: readonly string[];
}

/** Indexes of the parts of a segment, in order. */
export type Taken = 'all' | readonly number[];
