import { parseRegistryReference } from '@nx-linuxkit/oci';
import { Sources } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { namedPackages } from '../given-packages.js';
import { checkPushable } from '../push/push-packages.js';
import { writeIndex } from './write-index.js';

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
  const sources = new Sources(environment);
  try {
    await sources.withRepository(reference, async (repository) => {
      for (const name of [tag, ...(release ? [release] : [])]) {
        const written = await writeIndex(repository, name);
        const full = `${parseRegistryReference(reference).registry}/${parseRegistryReference(reference).repository}:${name}`;
        around.log(
          written ? `push ${full}: ${written}` : `${full} has all images that its architectures have`,
        );
      }
    });
  } finally {
    await sources.close();
  }
}
