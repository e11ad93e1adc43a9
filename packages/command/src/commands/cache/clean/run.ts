import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { IN_USE, ImageNames, KEPT, keptDigests } from '@nx-linuxkit/oci';
import {
  NOTES,
  OUTPUTS,
  TRIMMED,
  irreplaceableLayers,
  type Environment,
} from '@nx-linuxkit/stages/standalone';
import type { FlagValues } from '../../../flags/values.js';
import { openCache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { withPublished } from '../published.js';
import { removeImage } from '../remove-image.js';
import { lockedDigests } from './locked-digests.js';

/** What a store holds. The folder itself stays: a user may have made it, and it may be a mount point. */
const PARTS = ['names', KEPT, TRIMMED, OUTPUTS, 'derived', 'tmp', 'index.json', 'oci-layout'];

/** The flags that remove a part. */
const PRUNING = ['older-than', 'larger-than', 'keep-locks'];

const DAY = 24 * 3600_000;
const MB = 1_000_000;

/** Empties the cache, or removes what the flags say. */
export async function run(values: FlagValues, _: readonly string[], around: Surroundings): Promise<void> {
  const { environment } = await openCache(values, around);
  const { store } = environment;
  if (PRUNING.some((flag) => values.has(flag))) return prune(environment, values, around);
  if (!values.on('published-only')) return empty(environment, around);
  await withPublished(environment, true, async (mayGo) => {
    for (const image of await new ImageNames(store).list()) {
      if (!(await mayGo(image))) continue;
      await removeImage(store, image);
      around.log(`removed ${image.name}`);
    }
  });
}

/** Removes everything but layers that nothing can make again. */
async function empty(environment: Environment, around: Surroundings): Promise<void> {
  const { dir } = environment.store;
  const only = await irreplaceableLayers(environment);
  for (const part of PARTS) await rm(join(dir, part), { recursive: true, force: true });
  if (only.size === 0) {
    for (const part of [NOTES, 'blobs']) await rm(join(dir, part), { recursive: true, force: true });
    return around.log(`${dir} is empty`);
  }
  const blobs = join(dir, 'blobs', 'sha256');
  for (const name of await readdir(blobs)) {
    if (!only.has(`sha256:${name}`)) await rm(join(blobs, name), { force: true });
  }
  around.log(`kept ${only.size} layers in ${dir}: no mirror has the Debian packages that they are made of`);
}

/**
 * Removes what was not used lately, or what no lock names. Images with a name stay whole: they may have come from an archive,
 * and layers that nothing can make again stay too.
 */
async function prune(environment: Environment, values: FlagValues, around: Surroundings): Promise<void> {
  const { store } = environment;
  const [days, megabytes] = [values.number('older-than'), values.number('larger-than')];
  const folders = values.list('keep-locks').map((folder) => resolve(around.folder, folder));
  const keep = await keptDigests(store);
  for (const digest of await irreplaceableLayers(environment)) keep.add(digest);
  const keepDerived = folders.length > 0 ? await lockedDigests(store, folders) : undefined;
  for (const digest of keepDerived ?? []) keep.add(digest);
  const age = days !== undefined ? days * DAY : keepDerived && IN_USE;
  const { files, bytes } = await store.prune({
    ...(age !== undefined && { before: new Date(Date.now() - age) }),
    ...(megabytes !== undefined && { atMost: megabytes * MB }),
    blobs: true,
    keep,
    keepDerived,
  });
  around.log(`removed ${files} files with ${(bytes / MB).toFixed(1)} MB from ${store.dir}`);
}
