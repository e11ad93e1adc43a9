import { rm } from 'node:fs/promises';
import { ImageNames, digestsOf, type NamedImage, type Store } from '@nx-linuxkit/oci';

/** Takes an image's name away, and those of its blobs that no other image of the cache has. */
export async function removeImage(store: Store, { name, digest }: NamedImage): Promise<void> {
  const names = new ImageNames(store);
  const gone = await digestsOf(store, digest);
  await names.remove(name);
  for (const other of await names.list()) {
    for (const kept of await digestsOf(store, other.digest)) gone.delete(kept);
  }
  for (const blob of gone) await rm(store.blobPath(blob), { force: true });
}
