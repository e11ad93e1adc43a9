import {
  ImageNames,
  formatReference,
  parseRegistryReference,
  type NamedImage,
  type Store,
} from '@nx-linuxkit/oci';
import { CommandError } from '../../error.js';
import { didYouMean } from '../../flags/did-you-mean.js';

/** The image of the cache that a reference names. Throws CommandError `bad-argument` where there is none. */
export async function namedImage(store: Store, reference: string): Promise<NamedImage> {
  const names = new ImageNames(store);
  const name = formatReference(parseRegistryReference(reference));
  const found = await names.get(name);
  if (found) return found;
  const known = (await names.list()).map((image) => image.name);
  throw new CommandError('bad-argument', `the cache has no image ${name}`, {
    hint: (await didYouMean(name, known)) ?? `Run \`nx-linuxkit cache pull ${reference}\`.`,
  });
}
