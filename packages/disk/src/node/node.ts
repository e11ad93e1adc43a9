import { DEFAULT_MTIME, detached, joinPath, type Entry, type Inode } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';

/** No entries: all nodes but directories have this list. */
const NO_CHILDREN: Node[] = [];

/** An entry with its children, for the writers of file systems. Hard links share `inode`. */
export class Node {
  /** A directory's entries in the order given; empty for all other types. */
  readonly children: readonly Node[];

  constructor(
    /** The last component of `path`; '' for the root. */
    readonly name: string,
    readonly inode: Inode,
    /** Absent for the root. */
    readonly parent: Node | undefined,
    /** Number of the inode, from 0 in the order of first names: hard links share it. All below the root are used. */
    readonly id: number,
  ) {
    this.children = inode.type === 'dir' ? [] : NO_CHILDREN;
  }

  /** Joined on each call, because the paths of a large tree would take more memory than the rest of it. */
  get path(): string {
    return joinPath(this.parent?.path ?? '', this.name);
  }
}

const ROOT: Inode = { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: DEFAULT_MTIME };

/**
 * Links entries, parents first, into nodes and returns the root; a missing root entry becomes a plain directory.
 *
 * @throws DiskError `duplicate-name`, `missing-file` (an entry without its parent) or `bad-name`.
 */
export function nodesOf(entries: Iterable<Entry>): Node {
  const directories = new Map<string, Linked>();
  const ids = new Map<Inode, number>();
  let count = 0;
  let root: Linked | undefined;
  const rootOf = (inode: Inode): Linked => {
    root = { node: new Node('', inode, undefined, count++), names: new Set() };
    directories.set('', root);
    return root;
  };
  for (const { path, inode } of entries) {
    if (path === '') {
      if (root) throw twice(path);
      rootOf(inode);
      continue;
    }
    root ??= rootOf(ROOT);
    const slash = path.lastIndexOf('/');
    const parent = directories.get(slash < 0 ? '' : path.slice(0, slash));
    if (!parent) {
      throw new DiskError('missing-file', `${path}: expected its parent directory before it`);
    }
    const name = detached(path.slice(slash + 1));
    if (parent.names.has(name)) throw twice(path);
    parent.names.add(name);
    if (name === '' || name === '.' || name === '..') {
      throw new DiskError('bad-name', `${path}: expected a file name, got '${name}'`);
    }
    const known = inode.type === 'dir' ? undefined : ids.get(inode);
    const node = new Node(name, inode, parent.node, known ?? count++);
    if (inode.type === 'dir') directories.set(path, { node, names: new Set() });
    else if (known === undefined) ids.set(inode, node.id);
    (parent.node.children as Node[]).push(node);
  }
  return (root ?? rootOf(ROOT)).node;
}

/** A directory while its entries come, with the names that it has. */
interface Linked {
  readonly node: Node;
  readonly names: Set<string>;
}

function twice(path: string): DiskError {
  return new DiskError('duplicate-name', `/${path}: expected one entry, got two`);
}

/** Yields all nodes, parents before children and siblings in order. */
export function* walk(root: Node): Iterable<Node> {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
  }
}

/** How many inodes a tree has: more than any id in it. */
export function inodeCount(root: Node): number {
  let last = 0;
  for (const { id } of walk(root)) last = Math.max(last, id);
  return last + 1;
}

/** Bytes of a file; 0 for all other types. */
export const fileSize = ({ content }: Inode): number => content?.size ?? 0;
