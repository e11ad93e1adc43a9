import type { Entry } from '@nx-linuxkit/tree';
import { writeRaw } from './container/raw.js';
import { erofsImage } from './erofs/image.js';
import { isoImage } from './iso/image.js';
import { writeSquashfs } from './squashfs/writer.js';

export type RootFileSystem = 'squashfs' | 'erofs' | 'iso9660';

/** Writes a tree as one file, under a temporary name that becomes `path` when the file is whole. */
export type FileSystemWriter = (
  entries: Iterable<Entry>,
  path: string,
  options?: { readonly mtime?: number },
) => Promise<void>;

/** File systems that Linux can have as its root. What is listed here is tested by being listed. */
export const ROOT_FILE_SYSTEMS: Readonly<Record<RootFileSystem, FileSystemWriter>> = {
  squashfs: writeSquashfs,
  erofs: (entries, path, options) => writeRaw(erofsImage(entries, options), path),
  iso9660: async (entries, path, options) =>
    writeRaw(await isoImage(entries, { ...options, joliet: true }), path),
};
