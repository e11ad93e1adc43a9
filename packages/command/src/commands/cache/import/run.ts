import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  ImageNames,
  archiveImages,
  copyImage,
  formatReference,
  openImageSource,
  parseRegistryReference,
  type Store,
} from '@nx-linuxkit/oci';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';

/** Takes every image that the archive names. */
export async function run(values: FlagValues, given: readonly string[], around: Surroundings): Promise<void> {
  const [file, ...more] = given;
  if (file === undefined || more.length > 0) {
    throw new CommandError('bad-argument', `cache import needs one file, got ${given.length}`, {
      hint: 'Write nx-linuxkit cache import FILE, or - for standard input.',
    });
  }
  const { environment } = await openCache(values, around);
  const { store } = environment;
  const path = file === '-' ? await spooled(store, around) : resolve(around.folder, file);
  try {
    await importFrom(path, store, around);
  } finally {
    if (file === '-') await rm(path, { force: true });
  }
}

async function importFrom(path: string, store: Store, { log }: Surroundings): Promise<void> {
  for (const { name, digest } of await archiveImages(path)) {
    if (name === undefined) {
      throw new CommandError('bad-argument', `${path}: the image ${digest} has no name`, {
        hint: 'Write the archive with a name: the annotation io.containerd.image.name.',
      });
    }
    const reference = { transport: 'oci-archive', text: path, path, digest } as const;
    const source = await openImageSource(reference, { temp: `${store.dir}/tmp` });
    await copyImage(store, source, digest).finally(() => source.close());
    const full = formatReference(parseRegistryReference(name));
    await new ImageNames(store).set({ name: full, digest });
    log(`import ${full}: ${digest}`);
  }
}

async function spooled(store: Store, { stdin }: Surroundings): Promise<string> {
  const path = await store.temp();
  await pipeline(stdin, createWriteStream(path, { mode: 0o600 }));
  return path;
}
