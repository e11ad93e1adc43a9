import { fdatasync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

const sync = promisify(fdatasync);

/**
 * Waits until the disk has the bytes of a file. A FileHandle can do so itself, but not one of Yarn's Plug'n'Play, which takes
 * the place of `fs`. Errors are those of the file system.
 */
export function flush(handle: FileHandle): Promise<void> {
  return sync(handle.fd);
}
