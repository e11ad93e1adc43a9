import { linkOf } from '../cpio/link.js';
import type { CpioMember } from '../cpio/member.js';
import type { Entry } from '../inode.js';
import type { PlacedInodes } from './placement.js';

/**
 * The members of one layer's share, made anew each time that they are asked for, so that those of a large layer are never
 * all in memory: directories, then inodes in the order of `numbers`, the names of one inode together. As in `cpioMembers`,
 * the bytes of hard links are on the first name, and `scope` gives those of another share other numbers.
 */
export class ShareMembers implements Iterable<CpioMember> {
  constructor(
    /** Sorted by path. */
    private readonly directories: readonly Entry[],
    private readonly numbers: Uint32Array,
    private readonly files: PlacedInodes,
    private readonly scope: string,
  ) {}

  /** How many inodes other than directories there are. */
  get fileCount(): number {
    return this.numbers.length;
  }

  *[Symbol.iterator](): Generator<CpioMember> {
    for (const { path, inode } of this.directories) yield { path, inode };
    for (const number of this.numbers) yield* this.namesOf(number);
  }

  private *namesOf(number: number): Generator<CpioMember> {
    const inode = this.files.inodes[number]!;
    const { content } = inode;
    const paths = this.files.pathsOf(number);
    // Linux makes each name of a symlink a link of its own.
    if (paths.length === 1 || inode.type === 'symlink') {
      for (const path of paths) yield { path, inode, content };
      return;
    }
    const link = linkOf(this.scope, paths[0]!, paths.length);
    for (const [i, path] of paths.entries()) yield { path, inode, link, ...(i === 0 && { content }) };
  }
}
