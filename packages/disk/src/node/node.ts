import { DEFAULT_MTIME, type Entry, type Inode } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';

/** An entry with its children, for the writers of file systems. Hard links share `inode`. */
export interface Node {
  /** The last component of `path`; '' for the root. */
  readonly name: string;
  readonly path: string;
  readonly inode: Inode;
  /** Absent for the root. */
  readonly parent?: Node;
  /** A directory's entries in the order given; empty for all other types. */
  readonly children: Node[];
}

const ROOT: Inode = { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: DEFAULT_MTIME };

/**
 * Links entries, parents first, into nodes and returns the root; a missing root entry becomes a plain directory.
 *
 * @throws DiskError `duplicate-name`, `missing-file` (an entry without its parent) or `bad-name`.
 */
export function nodesOf(entries: Iterable<Entry>): Node {
  const directories = new Map<string, Node>();
  const paths = new Set<string>();
  let root: Node | undefined;
  for (const { path, inode } of entries) {
    if (paths.has(path)) throw new DiskError('duplicate-name', `/${path}: expected one entry, got two`);
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
      throw new DiskError('bad-name', `${path}: expected a file name, got '${node.name}'`);
    }
    parent.children.push(node);
    if (inode.type === 'dir') directories.set(path, node);
  }
  return root ?? { name: '', path: '', inode: ROOT, children: [] };
}

/** Yields all nodes, parents before children and siblings in order. */
export function* walk(root: Node): Iterable<Node> {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
}

/**
 * The object that stands for a node's inode number. Names that share an Inode object are hard links of one file. A
 * directory stands for itself, even if the caller has used one Inode object for several directories.
 */
export const identity = (node: Node): Node | Inode => (node.inode.type === 'dir' ? node : node.inode);

/** Bytes of a file; 0 for all other types. */
export const fileSize = ({ content }: Inode): number => content?.size ?? 0;
