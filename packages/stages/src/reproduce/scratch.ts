import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import type { Environment } from '../environment.js';

/** An environment whose outputs go to a folder of their own. */
export type Scratch = Environment & { readonly outputRoot: string };

/**
 * Runs `work` in an environment that knows nothing of earlier builds, and removes it afterwards: no outputs, and a store
 * that shares the blobs with the given one and nothing that is derived of them. Blobs are hashed whenever they are read, so
 * sharing them takes no one's word, and spares the registry. It lies in the store's folder for temporary files, which has
 * the file system of the blobs, and which is cleaned of what killed processes leave.
 */
export async function inScratch<T>(
  environment: Environment,
  work: (scratch: Scratch) => Promise<T>,
): Promise<T> {
  const { store } = environment;
  const folder = await store.temp();
  const own = join(folder, 'store');
  try {
    await mkdir(own, { recursive: true });
    // A junction is what Windows lets every user make; other systems ignore the word.
    await symlink(join(store.dir, 'blobs'), join(own, 'blobs'), 'junction');
    return await work({ ...environment, outputRoot: join(folder, 'outputs'), store: Store.open(own) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
