import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { EMPTY_LOCK, formatLock, readLock, type LockedImage } from '@nx-linuxkit/oci';
import type { Log } from '../environment.js';
import { fewAtATime } from '../few-at-a-time.js';
import { packageLockFile } from '../plan/dockerfile/package-file.js';
import type { DockerfilePin } from '../plan/dockerfile/package-planner.js';
import { writeOrRemove } from './write-or-remove.js';

/**
 * Pins references of Dockerfiles, each in the lock of its package; what else these locks pin stays. If one cannot be
 * resolved, nothing is written.
 */
export async function lockDockerfiles(
  workspaceRoot: string,
  pins: readonly DockerfilePin[],
  resolve: (pin: DockerfilePin) => Promise<LockedImage>,
  log: Log,
): Promise<void> {
  const unique = [
    ...new Map(pins.map((pin) => [`${fileOf(pin)} ${pin.reference} ${pin.platform}`, pin])).values(),
  ];
  const resolved = await fewAtATime(unique, async (pin) => ({ pin, image: await resolve(pin) }));
  for (const file of [...new Set(unique.map(fileOf))].sort()) {
    const found = resolved.filter(({ pin }) => fileOf(pin) === file);
    await addToLock(join(workspaceRoot, file), file, found);
    log(`${file} written`);
  }
}

/** Writes the lock of a package with further pins. */
async function addToLock(
  path: string,
  file: string,
  found: readonly { readonly pin: DockerfilePin; readonly image: LockedImage }[],
): Promise<void> {
  const before = existsSync(path) ? readLock(readFileSync(path, 'utf8'), file) : EMPTY_LOCK;
  const images: Record<string, Record<string, LockedImage>> = Object.fromEntries(
    Object.entries(before.images).map(([reference, platforms]) => [reference, { ...platforms }]),
  );
  for (const { pin, image } of found) (images[pin.reference] ??= {})[pin.platform] = image;
  await writeOrRemove(path, formatLock({ lockfileVersion: 1, images }));
}

function fileOf({ package: { folder, file } }: DockerfilePin): string {
  return posix.join(folder, packageLockFile(file));
}
