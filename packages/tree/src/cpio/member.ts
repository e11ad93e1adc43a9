import type { Content } from '../content.js';
import { TreeError } from '../error.js';
import type { Entry, Inode } from '../inode.js';
import { parentOf } from '../path.js';

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

/**
 * Members of one archive for entries in the order given: numbers, link counts, bytes on the first name. Each
 * entry's parents must come before it: the kernel drops, without a word, what has none.
 */
export function cpioMembers(entries: Iterable<Entry>): CpioMember[] {
  const list = [...entries];
  checkParents(list);
  const names = countNames(list);
  const inos = new Map<Inode, number>();
  let ino = 0;
  return list.map(({ path, inode }): CpioMember => {
    const nlink = names.get(inode) ?? 1;
    const first = nlink > 1 ? inos.get(inode) : undefined;
    if (first !== undefined) return { path, inode, ino: first, nlink };
    ino += 1;
    if (nlink > 1) inos.set(inode, ino);
    return { path, inode, ino, nlink: inode.type === 'dir' ? 2 : nlink, content: inode.content };
  });
}

function checkParents(entries: readonly Entry[]): void {
  const directories = new Set(['']);
  for (const { path, inode } of entries) {
    if (!directories.has(parentOf(path))) {
      throw new TreeError('not-a-directory', `${JSON.stringify(path)} comes without its parent directory`);
    }
    if (inode.type === 'dir') directories.add(path);
  }
}

/** Names of each inode that can have several. The kernel links no symlinks: each name is a link of its own. */
function countNames(entries: readonly Entry[]): Map<Inode, number> {
  const names = new Map<Inode, number>();
  for (const { inode } of entries) {
    if (inode.type !== 'dir' && inode.type !== 'symlink') names.set(inode, (names.get(inode) ?? 0) + 1);
  }
  return names;
}
