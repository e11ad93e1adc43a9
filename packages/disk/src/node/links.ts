import { identity, walk, type Node } from './node.js';

/** st_nlink, by identity: names of a file; `.`, its name and the `..` of its directories for a directory. */
export function countLinks(root: Node): (node: Node) => number {
  const links = new Map<object, number>();
  for (const node of walk(root)) {
    const directory = node.inode.type === 'dir';
    links.set(identity(node), (links.get(identity(node)) ?? 0) + (directory ? 2 : 1));
    if (directory && node.parent) links.set(node.parent, links.get(node.parent)! + 1);
  }
  return (node) => links.get(identity(node))!;
}
