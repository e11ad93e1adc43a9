import type { Inode } from '@nx-linuxkit/tree';
import { walk, type Node } from './node.js';

/** st_nlink of every inode: names of a file; `.`, its name and the `..` of its directories for a directory. */
export function countLinks(root: Node): ReadonlyMap<Inode, number> {
  const links = new Map<Inode, number>();
  for (const { inode, parent } of walk(root)) {
    links.set(inode, (links.get(inode) ?? 0) + (inode.type === 'dir' ? 2 : 1));
    if (inode.type === 'dir' && parent) links.set(parent.inode, links.get(parent.inode)! + 1);
  }
  return links;
}
