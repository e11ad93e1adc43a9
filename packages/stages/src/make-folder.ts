import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. On a read-only file system Node reports ENOENT for a folder whose parent is
 * missing as well, so that the first folder that is missing is tried once more by itself, for the true error.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') await mkdir(await firstMissing(path));
    throw error;
  }
}

async function firstMissing(path: string): Promise<string> {
  const parent = dirname(path);
  const isThere = parent === path || (await stat(parent).catch(() => undefined)) !== undefined;
  return isThere ? path : firstMissing(parent);
}
