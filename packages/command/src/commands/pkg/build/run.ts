import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import type { Surroundings } from '../../../surroundings.js';
import { buildPackages } from './build-packages.js';

/** Flags that only a push obeys. LinuxKit ignores `--nobuild` and `--manifest` without one. */
const OF_PUSH = ['release', 'nobuild'];

/** Builds, and pushes with `--push`. */
export async function run(
  values: FlagValues,
  folders: readonly string[],
  around: Surroundings,
): Promise<void> {
  const push = values.on('push');
  const needless = OF_PUSH.find((name) => values.has(name));
  if (!push && needless) {
    throw new CommandError('bad-flag', `--${needless} is for a push`, { hint: 'Add --push.' });
  }
  await buildPackages('pkg build', folders, values, { push }, around);
}
