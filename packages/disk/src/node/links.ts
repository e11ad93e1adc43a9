import { identity, walk, type Node } from './node.js';

/**
 * Returns a function that gives a node's st_nlink: for a file the number of its names, for a directory its name, its
 * `.` and the `..` of each directory in it.
 */
export function countLinks(root: Node): (node: Node) => number {
  const links = new Map<object, number>();
  for (const node of walk(root)) {
    const directory = node.inode.type === 'dir';
    links.set(identity(node), (links.get(identity(node)) ?? 0) + (directory ? 2 : 1));
    if (directory && node.parent) links.set(node.parent, links.get(node.parent)! + 1);
  }
  return (node) => links.get(identity(node))!;
}
