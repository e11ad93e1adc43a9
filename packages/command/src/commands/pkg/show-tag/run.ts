import { expandReference } from '@nx-linuxkit/oci';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { namedPackages } from '../given-packages.js';

/** Prints a line for each package. */
export async function run(
  values: FlagValues,
  folders: readonly string[],
  around: Surroundings,
): Promise<void> {
  const { environment } = await openCache(values, around);
  const named = await namedPackages('pkg show-tag', folders, values, environment, around);
  for (const { name } of named) {
    const text = values.on('canonical') ? expandReference(name.reference) : name.reference;
    around.stdout.write(`${text}\n`);
  }
}
