import type { Content } from '../content.js';
import { TreeError } from '../error.js';
import type { Entry, Inode } from '../inode.js';
import { parentOf } from '../path.js';

/** One member of a newc cpio archive (Documentation/driver-api/early-userspace/buffer-format.rst in Linux). */
export interface CpioMember {
  readonly path: string;
  readonly inode: Inode;
  /** Inode number, unique in its archive; hard links share it. */
  readonly ino: number;
  /** Number of names that the archive has for the inode; 2 for a directory. */
  readonly nlink: number;
  /** The bytes that follow the header. A hard-linked file has them on its first name only. */
  readonly content?: Content;
}

/**
 * The members of one archive for entries in the order given: assigns inode numbers and link counts, and puts the bytes
 * of hard links on the first name.
 *
 * @throws TreeError `not-a-directory` for an entry without its parent directory before it: Linux would silently drop it.
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
      throw new TreeError(
        'not-a-directory',
        `expected the parent directory of ${JSON.stringify(path)} before it`,
      );
    }
    if (inode.type === 'dir') directories.add(path);
  }
}

/** Counts the names of each inode that can have several. Symlinks cannot: Linux makes each name a link of its own. */
function countNames(entries: readonly Entry[]): Map<Inode, number> {
  const names = new Map<Inode, number>();
  for (const { inode } of entries) {
    if (inode.type !== 'dir' && inode.type !== 'symlink') names.set(inode, (names.get(inode) ?? 0) + 1);
  }
  return names;
}
