import { ImageNames } from '@nx-linuxkit/oci';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';

/** Prints a line for each image: its name and its digest. */
export async function run(values: FlagValues, _: readonly string[], around: Surroundings): Promise<void> {
  const { environment } = await openCache(values, around);
  const images = await new ImageNames(environment.store).list();
  for (const { name, digest } of images) around.stdout.write(`${name} ${digest}\n`);
}
