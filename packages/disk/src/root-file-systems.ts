import type { BlockStore } from '@nx-linuxkit/deflate';
import type { Entry } from '@nx-linuxkit/tree';
import { writeRaw } from './container/raw.js';
import { erofsImage } from './erofs/image.js';
import { isoImage } from './iso/image.js';
import { writeSquashfs } from './squashfs/writer.js';

/** Name of a file system, as Linux's `rootfstype=` has it. */
export type RootFileSystem = 'squashfs' | 'erofs' | 'iso9660';

/**
 * Writes a tree, given as entries with parents first, as one file. The file gets its name `path` when it is complete; on
 * failure, `path` stays as it was. `mtime` is the volume's own time in seconds since 1970, and `kept` keeps compressed blocks for
 * later calls.
 */
export type FileSystemWriter = (
  entries: Iterable<Entry>,
  path: string,
  options?: { readonly mtime?: number; readonly kept?: BlockStore },
) => Promise<void>;

/** The writers of all file systems that can be Linux's root. The specs test every entry of this list. */
export const ROOT_FILE_SYSTEMS: Readonly<Record<RootFileSystem, FileSystemWriter>> = {
  squashfs: writeSquashfs,
  erofs: (entries, path, options) => writeRaw(erofsImage(entries, options), path),
  iso9660: async (entries, path, options) =>
    writeRaw(await isoImage(entries, { ...options, joliet: true }), path),
};
