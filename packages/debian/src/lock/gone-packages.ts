import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openArchive } from '../archive/archive.js';
import { SOCKETS } from '../mirror/http.js';
import { findMirrors } from '../mirror/mirrors.js';
import type { Mirror } from '../mirror/mirrors.js';
import type { BlobStore } from '../store.js';
import { LOCK_FILE, readLock } from './lock.js';

/**
 * Lists the packages that the locks of package folders pin and that no mirror has any more, as `name version`, sorted.
 * The store is not asked: another machine has another one. Throws `bad-lock` or `mirror-failed`.
 */
export async function gonePackages(
  folders: readonly string[],
  options: { readonly store: BlobStore; readonly mirrors?: readonly Mirror[] },
): Promise<string[]> {
  const archive = openArchive({ store: options.store, mirrors: options.mirrors ?? (await findMirrors()) });
  const queue = await pinnedIn(folders);
  const gone: string[] = [];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (!(await archive.has(next))) gone.push(next.name);
    }
  };
  await Promise.all(Array.from({ length: SOCKETS }, worker));
  return [...new Set(gone)].sort();
}

/** Lists the pinned files, each once. */
async function pinnedIn(folders: readonly string[]) {
  const files = new Map<string, { name: string; path: string; sha256: string; size: number }>();
  for (const folder of folders) {
    const path = join(folder, LOCK_FILE);
    const { architectures } = readLock(await readFile(path, 'utf8'), path);
    for (const { packages } of Object.values(architectures)) {
      for (const [name, pin] of Object.entries(packages))
        files.set(pin.path, { ...pin, name: `${name} ${pin.version}` });
    }
  }
  return [...files.values()];
}
