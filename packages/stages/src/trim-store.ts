import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IN_USE, keptDigests } from '@nx-linuxkit/oci';
import type { Environment, Log } from './environment.js';
import { bytes } from './format-quantity.js';
import { notedLayers } from './image/made-layers.js';

/** Gigabytes. It holds a hundred systems of 100 MB with all that they are made of, and is a small part of a developer's disk. */
const DEFAULT_LIMIT = 20;
const GB = 1e9;

/** The file of a store whose time says when it was looked through last. */
export const TRIMMED = 'trimmed';
/**
 * Bytes. A smaller store is looked through after each run that fetched something, which takes milliseconds; a larger one once
 * an hour, as what was used within the hour stays anyway.
 */
const LARGE = GB;

/**
 * Removes what was used longest ago from a store that is larger than the option `storeLimit` says. Images that no registry
 * has stay, and so does what a build may be using. A failure is no failure of the build, which is done.
 */
export async function trimStore(
  { store, settings: { storeLimit = DEFAULT_LIMIT } }: Pick<Environment, 'store' | 'settings'>,
  log: Log,
): Promise<void> {
  const stamp = join(store.dir, TRIMMED);
  try {
    const last = await stat(stamp).catch(() => undefined);
    if (storeLimit === 0 || (last && Date.now() - last.mtimeMs < IN_USE)) return;
    const atMost = storeLimit * GB;
    // A build asks no mirror, so it leaves all layers that only a mirror could give again; `cache clean` asks.
    const keep = new Set([...(await keptDigests(store)), ...(await notedLayers(store))]);
    const trimmed = await store.prune({ atMost, blobs: true, keep });
    if (trimmed.left > LARGE) await writeFile(stamp, '');
    if (trimmed.files === 0) return;
    log(
      `removed ${bytes(trimmed.bytes)} that were used longest ago from ${store.dir}, to keep to storeLimit (${storeLimit} GB)`,
    );
  } catch {
    // The next run tries again; `cache clean` says what is wrong.
  }
}
