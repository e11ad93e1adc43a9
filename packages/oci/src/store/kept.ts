import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hexOf, isDigest, type Digest } from '../digest.js';
import { digestsOf } from './copy-image.js';
import { isMissing, onDisk } from './disk.js';
import { makeFolder } from './make-folder.js';
import { ImageNames } from './names.js';
import type { Store } from './store.js';

/** The folder of a store that has an empty file for each image that must stay. */
export const KEPT = 'kept';

/**
 * Notes that no registry has an image, such as one of a Docker daemon or of an archive: the store may have its only copy.
 * `digest` is that of its manifest.
 */
export async function keepImage(store: Pick<Store, 'dir'>, digest: Digest): Promise<void> {
  const folder = join(store.dir, KEPT);
  await onDisk(store.dir, async () => {
    await makeFolder(folder);
    await writeFile(join(folder, hexOf(digest)), '');
  });
}

/** The digests of all that only this store may have: of images with a name, and of those that were noted. */
export async function keptDigests(store: Store): Promise<Set<Digest>> {
  const named = await new ImageNames(store).list();
  const files = await onDisk(store.dir, () => readdir(join(store.dir, KEPT)).catch(emptyIfMissing));
  const noted = files.map((file) => `sha256:${file}`).filter((digest) => isDigest(digest));
  const kept = new Set<Digest>();
  for (const root of [...named.map(({ digest }) => digest), ...noted]) {
    for (const digest of await digestsOf(store, root)) kept.add(digest);
  }
  return kept;
}

function emptyIfMissing(error: unknown): string[] {
  if (isMissing(error)) return [];
  throw error;
}
