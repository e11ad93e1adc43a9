import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { removeStale } from './temporary.js';

/** What to remove from a store. */
export interface PruneOptions {
  /** Files that were last used before this time are removed. */
  readonly before: Date;
  /** Removes blobs too, which can be fetched again; default: derived files alone. */
  readonly blobs?: boolean;
}

/** What was removed from a store, without the seals. */
export interface PruneResult {
  readonly files: number;
  readonly bytes: number;
}

/** Removes files of the store in `dir` that were not used lately, and what killed processes left in `tmp`. */
export async function prune(dir: string, { before, blobs = false }: PruneOptions): Promise<PruneResult> {
  const total = { files: 0, bytes: 0 };
  const paths = [
    ...(await filesBelow(join(dir, 'derived'))),
    ...(blobs ? await filesBelow(join(dir, 'blobs')) : []),
  ];
  for (const path of paths.filter((name) => !name.endsWith('.seal'))) {
    if ((await lastUse(path)) >= before.getTime()) continue;
    const found = await stat(path).catch(() => undefined);
    await rm(`${path}.seal`, { force: true });
    await rm(path, { force: true });
    total.files += 1;
    total.bytes += found?.size ?? 0;
  }
  await removeStale(join(dir, 'tmp'));
  return total;
}

/**
 * Returns when a file was last used, in milliseconds since 1970: the time of the seal for a derived file, the time
 * of access for a blob. File systems update the latter at least daily.
 */
async function lastUse(path: string): Promise<number> {
  const found =
    (await stat(`${path}.seal`).catch(() => undefined)) ?? (await stat(path).catch(() => undefined));
  return found ? Math.max(found.atimeMs, found.mtimeMs) : 0;
}

async function filesBelow(dir: string): Promise<string[]> {
  const found = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
