import type { FlagValues } from '../../../flags/values.js';
import type { Surroundings } from '../../../surroundings.js';
import { buildPackages } from '../build/build-packages.js';

/** Builds and pushes. */
export function run(values: FlagValues, folders: readonly string[], around: Surroundings): Promise<void> {
  return buildPackages('pkg push', folders, values, { push: true }, around);
}
