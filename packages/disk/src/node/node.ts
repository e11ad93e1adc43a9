import type { Entry, Inode } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { DEFAULT_MTIME } from '../image/bytes.js';

/** An entry with its children: what every file system writer walks. Hard links share `inode`. */
export interface Node {
  /** '' for the root. */
  readonly name: string;
  readonly path: string;
  readonly inode: Inode;
  readonly parent?: Node;
  /** Sorted as the entries came; empty unless a directory. */
  readonly children: Node[];
}

const ROOT: Inode = { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: DEFAULT_MTIME };

/** Links entries (parents first) into nodes; a tree without an entry for its root gets a plain one. */
export function nodesOf(entries: Iterable<Entry>): Node {
  const directories = new Map<string, Node>();
  const paths = new Set<string>();
  let root: Node | undefined;
  for (const { path, inode } of entries) {
    if (paths.has(path)) throw new DiskError('duplicate-name', `/${path} is twice in the tree`);
    paths.add(path);
    if (path === '') {
      root = { name: '', path, inode, children: [] };
      directories.set('', root);
      continue;
    }
    if (!root) {
      paths.add('');
      root = { name: '', path: '', inode: ROOT, children: [] };
      directories.set('', root);
    }
    const slash = path.lastIndexOf('/');
    const parent = directories.get(slash < 0 ? '' : path.slice(0, slash));
    if (!parent) {
      throw new DiskError('missing-file', `${path}: expected its parent directory before it`);
    }
    const node: Node = { name: path.slice(slash + 1), path, inode, parent, children: [] };
    if (node.name === '' || node.name === '.' || node.name === '..') {
      throw new DiskError('bad-name', `${path}: not a name`);
    }
    parent.children.push(node);
    if (inode.type === 'dir') directories.set(path, node);
  }
  return root ?? { name: '', path: '', inode: ROOT, children: [] };
}

/** All nodes, parents first, siblings in order. */
export function* walk(root: Node): Iterable<Node> {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
}

/**
 * What has one inode number: names that share an Inode object, but a directory is always one of its own, even
 * if a caller used one object for several.
 */
export const identity = (node: Node): Node | Inode => (node.inode.type === 'dir' ? node : node.inode);

export const fileSize = ({ content }: Inode): number => content?.size ?? 0;
