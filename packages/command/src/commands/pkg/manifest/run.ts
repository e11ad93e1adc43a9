import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { namedPackages } from '../given-packages.js';
import { checkPushable } from '../push/check-pushable.js';

/** Writes the index of one package. */
export async function run(
  values: FlagValues,
  folders: readonly string[],
  around: Surroundings,
): Promise<void> {
  if (folders.length > 1) {
    throw new CommandError('bad-argument', `pkg manifest takes one folder, got ${folders.length}`, {
      hint: 'Write the index of each package by a call of its own.',
    });
  }
  const { environment } = await openCache(values, around);
  const [named] = await namedPackages('pkg manifest', folders, values, environment, around);
  const release = values.text('release') || undefined;
  if (release !== undefined) checkPushable(named);
  const { reference, tag } = named.name;
  const { writeIndexes } = await import('@nx-linuxkit/stages/standalone');
  const tags = [tag, ...(release === undefined ? [] : [release])];
  const hint = 'Push the package first, for each architecture: `nx-linuxkit pkg push DIR`.';
  await writeIndexes(environment, { reference, tags, hint }, around.log);
}
