import {
  ImageNames,
  copyImage,
  formatReference,
  parsePlatform,
  parseRegistryReference,
} from '@nx-linuxkit/oci';
import { Sources } from '@nx-linuxkit/stages/standalone';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { needImages } from '../need-images.js';

/** Asks the registry for each image, also where the cache has one of that name. */
export async function run(
  values: FlagValues,
  references: readonly string[],
  around: Surroundings,
): Promise<void> {
  needImages('cache pull', references);
  const { environment } = await openCache(values, around);
  const { store } = environment;
  const platforms = values.has('platform') ? values.list('platform').map(parsePlatform) : undefined;
  const sources = new Sources(environment);
  try {
    for (const reference of references) {
      const name = formatReference(parseRegistryReference(reference));
      const source = await sources.open(reference);
      const digest = await source.identify();
      const bytes = await copyImage(store, source, digest, { platforms }).finally(() => source.close());
      await new ImageNames(store).set({ name, digest });
      around.log(`pull ${name}: ${digest}, ${bytes} bytes fetched`);
    }
  } finally {
    await sources.close();
  }
}
