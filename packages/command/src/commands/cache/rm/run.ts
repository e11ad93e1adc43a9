import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { namedImage } from '../named-image.js';
import { needImages } from '../need-images.js';
import { removeImage } from '../remove-image.js';
import { withPublished } from '../published.js';

/** Removes each image. */
export async function run(
  values: FlagValues,
  references: readonly string[],
  around: Surroundings,
): Promise<void> {
  needImages('cache rm', references);
  const { environment } = await openCache(values, around);
  const { store } = environment;
  await withPublished(environment, values.on('published-only'), async (mayGo) => {
    for (const reference of references) {
      const image = await namedImage(store, reference);
      if (await mayGo(image)) await removeImage(store, image);
      else around.log(`${image.name} stays: its registry does not have it`);
    }
  });
}
