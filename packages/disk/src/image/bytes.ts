import { bytesContent, type ByteSource, type Content, type Entry, type Inode } from '@nx-linuxkit/tree';

/**
 * Bytes that are computed anew on each read: directories and tables of large trees, which would otherwise
 * all be in memory at once. `id` must name all that `produce` depends on.
 */
export function lazyContent(id: string, size: number, produce: () => Uint8Array): Content {
  const source: ByteSource = {
    id,
    size,
    async *read(start, end) {
      yield produce().subarray(start, end);
    },
  };
  return { source, offset: 0, size };
}

/** Whole seconds; LinuxKit's fixed time for what has none. */
export const DEFAULT_MTIME = 1492533000;

/** A small tree from path -> bytes: parents are made, entries are sorted, all is root's, 0755 and 0644. */
export function fileEntries(
  files: Record<string, Content | Uint8Array | string>,
  mtime = DEFAULT_MTIME,
): Entry[] {
  const owner = { uid: 0, gid: 0, mtime };
  const inodes = new Map<string, Inode>([['', { type: 'dir', mode: 0o755, ...owner }]]);
  for (const [name, value] of Object.entries(files)) {
    const path = name.replace(/^\//, '');
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      inodes.set(path.slice(0, slash), { type: 'dir', mode: 0o755, ...owner });
    }
    const content = typeof value === 'string' || value instanceof Uint8Array ? bytesContent(value) : value;
    inodes.set(path, { type: 'file', mode: 0o644, ...owner, content });
  }
  return [...inodes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, inode]) => ({ path, inode }));
}
