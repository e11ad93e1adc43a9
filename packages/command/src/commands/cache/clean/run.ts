import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageNames } from '@nx-linuxkit/oci';
import { OUTPUTS } from '@nx-linuxkit/stages/standalone';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { withPublished } from '../published.js';
import { removeImage } from '../remove-image.js';

/** What a store holds. The folder itself stays: a user may have made it, and it may be a mount point. */
const PARTS = ['names', OUTPUTS, 'derived', 'blobs', 'tmp', 'index.json', 'oci-layout'];

/** Empties the cache. */
export async function run(values: FlagValues, _: readonly string[], around: Surroundings): Promise<void> {
  const { environment } = await openCache(values, around);
  const { store } = environment;
  if (!values.on('published-only')) {
    for (const part of PARTS) await rm(join(store.dir, part), { recursive: true, force: true });
    return around.log(`${store.dir} is empty`);
  }
  await withPublished(environment, true, async (mayGo) => {
    for (const image of await new ImageNames(store).list()) {
      if (!(await mayGo(image))) continue;
      await removeImage(store, image);
      around.log(`removed ${image.name}`);
    }
  });
}
