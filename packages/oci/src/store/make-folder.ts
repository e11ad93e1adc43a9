import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How often a folder is tried whose parent other processes remove meanwhile. */
const TRIES = 3;

/**
 * Makes a folder and its parents, each by a call of its own, and throws what the system says. Node's own recursive call says on
 * a read-only disk that the folder does not exist, and never ends in a file system that makes no folders, such as /proc.
 * `mode` is that of each new folder, before the umask.
 */
export async function makeFolder(path: string, mode = 0o777): Promise<void> {
  for (let tries = 1; !(await isFolder(path)); tries += 1) {
    try {
      await mkdir(path, mode);
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Another process may have made it meanwhile.
      if (code === 'EEXIST' && (await isFolder(path))) return;
      if (code !== 'ENOENT' || dirname(path) === path || tries === TRIES) throw error;
      await makeFolder(dirname(path), mode);
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
