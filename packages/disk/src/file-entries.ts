import {
  ancestorsOf,
  bytesContent,
  comparePaths,
  DEFAULT_MTIME,
  type Content,
  type Entry,
  type Inode,
} from '@nx-linuxkit/tree';

/**
 * The sorted entries of a small tree, from paths to contents. It has a root and all parent directories; everything
 * belongs to root, directories with mode 0755 and files with 0644. `mtime` is in seconds since 1970.
 */
export function fileEntries(
  files: Record<string, Content | Uint8Array | string>,
  mtime = DEFAULT_MTIME,
): Entry[] {
  const owner = { uid: 0, gid: 0, mtime };
  const inodes = new Map<string, Inode>([['', { type: 'dir', mode: 0o755, ...owner }]]);
  for (const [name, value] of Object.entries(files)) {
    const path = name.replace(/^\//, '');
    for (const parent of ancestorsOf(path)) inodes.set(parent, { type: 'dir', mode: 0o755, ...owner });
    const content = typeof value === 'string' || value instanceof Uint8Array ? bytesContent(value) : value;
    inodes.set(path, { type: 'file', mode: 0o644, ...owner, content });
  }
  return [...inodes].sort(([a], [b]) => comparePaths(a, b)).map(([path, inode]) => ({ path, inode }));
}
