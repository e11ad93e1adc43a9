import { Tree, type Inode } from '@nx-linuxkit/tree';
import { hostFile } from './host-file.js';
import type { ContextEntry } from './list-context.js';

/**
 * A build context as a tree. Owners, modes and times are the same on every machine: root, those that git keeps, and
 * `mtime` in seconds since 1970.
 */
export function contextTree(entries: readonly ContextEntry[], mtime: number): Tree {
  const tree = new Tree();
  for (const entry of entries) tree.set(entry.path, inodeOf(entry, mtime));
  return tree;
}

function inodeOf({ type, source, size, isExecutable, target }: ContextEntry, mtime: number): Inode {
  const owned = { uid: 0, gid: 0, mtime };
  if (type === 'dir') return { ...owned, type, mode: 0o755 };
  if (type === 'symlink') return { ...owned, type, mode: 0o777, target };
  return { ...owned, type, mode: isExecutable ? 0o755 : 0o644, content: hostFile(source, size) };
}
