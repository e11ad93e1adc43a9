import { inodeCount, walk, type Node } from './node.js';

/**
 * Returns a function that gives a node's st_nlink: for a file the number of its names, for a directory its name, its
 * `.` and the `..` of each directory in it.
 */
export function countLinks(root: Node): (node: Node) => number {
  const links = new Uint32Array(inodeCount(root));
  for (const { id, inode, parent } of walk(root)) {
    const directory = inode.type === 'dir';
    links[id]! += directory ? 2 : 1;
    if (directory && parent) links[parent.id]! += 1;
  }
  return ({ id }) => links[id]!;
}
