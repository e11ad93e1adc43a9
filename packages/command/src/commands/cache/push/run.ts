import { parseRegistryReference } from '@nx-linuxkit/oci';
import { Sources } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { namedImage } from '../named-image.js';
import { needImages } from '../need-images.js';
import { pushStored } from './push-stored.js';

/** Uploads each image. */
export async function run(
  values: FlagValues,
  references: readonly string[],
  around: Surroundings,
): Promise<void> {
  needImages('cache push', references);
  const remote = values.text('remote-name');
  if (remote !== undefined && references.length > 1) {
    throw new CommandError('bad-flag', '--remote-name is for one image', {
      hint: 'Push each by a call of its own.',
    });
  }
  const { environment } = await openCache(values, around);
  const { store } = environment;
  const sources = new Sources(environment);
  const options = { archTags: values.on('with-arch-tags'), override: values.on('override') };
  try {
    for (const reference of references) {
      const { digest } = await namedImage(store, reference);
      const target = remote ?? reference;
      const { tag = 'latest' } = parseRegistryReference(target);
      const pushed = await sources.withRepository(target, (repository) =>
        pushStored(store, digest, repository, tag, options),
      );
      around.log(`push ${target}: ${pushed}`);
    }
  } finally {
    await sources.close();
  }
}
