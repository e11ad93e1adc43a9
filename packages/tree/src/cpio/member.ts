import type { Content } from '../content.js';
import { TreeError } from '../error.js';
import type { Entry, Inode } from '../inode.js';
import { parentOf } from '../path.js';
import { linkOf, type Link } from './link.js';

/** One member of a newc cpio archive (Documentation/driver-api/early-userspace/buffer-format.rst in Linux). */
export interface CpioMember {
  readonly path: string;
  readonly inode: Inode;
  /** The hard link that the member is a name of; absent for the only name of an inode, and for a directory. */
  readonly link?: Link;
  /** The bytes that follow the header. A hard-linked file has them on its first name only. */
  readonly content?: Content;
}

/**
 * The members for entries in the order given: assigns the numbers of hard links, and puts the bytes of hard links on
 * the first name. `scope` names the part of the archive that these entries are, such as a layer: hard links of
 * different scopes get different numbers.
 *
 * @throws TreeError `not-a-directory` for an entry without its parent directory before it: Linux would silently drop it.
 */
export function cpioMembers(entries: Iterable<Entry>, scope = ''): CpioMember[] {
  const list = [...entries];
  checkParents(list);
  const names = countNames(list);
  const links = new Map<Inode, Link>();
  return list.map(({ path, inode }): CpioMember => {
    const nlink = names.get(inode) ?? 1;
    if (nlink === 1) return { path, inode, content: inode.content };
    const known = links.get(inode);
    if (known) return { path, inode, link: known };
    const link = linkOf(scope, path, nlink);
    links.set(inode, link);
    return { path, inode, link, content: inode.content };
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
