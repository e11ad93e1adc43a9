import { rename, rm, writeFile } from 'node:fs/promises';
import { OciError, formatLock, parsePlatform, parseReference, type LockedImage } from '@nx-linuxkit/oci';
import type { Lock } from '@nx-linuxkit/oci/lock';
import type { Where } from '@nx-linuxkit/errors';
import pLimit from 'p-limit';
import type { Log } from '../environment.js';
import { duration } from '../format-quantity.js';
import type { Pipeline } from '../pipeline.js';
import { lockFileOf } from '../plan/project-name.js';
import { readPlan } from '../plan/read-plan.js';
import { referencesToLock, whereIs } from '../plan/references.js';
import { mapReference } from '../plan/settings.js';

export interface LockRequest {
  /** The OS file, relative to the workspace. */
  readonly file: string;
  /** Files that it is merged over. */
  readonly before?: readonly string[];
  /** One that is wanted beside those of the YAML. */
  readonly platform?: string;
  /** Resolve anew: every reference, or those that are named. Default: only what is missing. */
  readonly update?: boolean | readonly string[];
}

/** Registries answer side by side, but a few at a time: they count requests. */
const RESOLVING = 4;

/**
 * Pins what the YAML names: each reference for each platform to the digest that it has now. Never cached: its
 * result is a file that people commit. Returns the references that were resolved.
 */
export async function lock(
  pipeline: Pipeline,
  { file, before = [], platform: wantedToo, update }: LockRequest,
  log: Log,
): Promise<string[]> {
  const { workspaceRoot, settings } = pipeline.environment;
  const inputs = readPlan(workspaceRoot, file, settings, before);
  const platforms = [...new Set([...inputs.os.platforms, ...(wantedToo ? [wantedToo] : [])])];
  const pins = platforms.flatMap((platform) =>
    referencesToLock(inputs.os, settings, platform).map((reference) => ({ reference, platform })),
  );
  const references = [...new Set(pins.map(({ reference }) => reference))];
  const limit = pLimit(RESOLVING);
  const wanted = pins.filter(
    ({ reference, platform }) => isNamed(reference, update) || !inputs.lock.images[reference]?.[platform],
  );
  const resolved = await Promise.all(
    wanted.map((pin) =>
      limit(async () => {
        const image = await resolve(pipeline, pin.reference, pin.platform, log).catch((error: unknown) => {
          throw locate(error, whereIs(inputs.os, pin.reference));
        });
        return { ...pin, image };
      }),
    ),
  );
  const images: Record<string, Record<string, LockedImage>> = Object.fromEntries(
    // What the YAML no longer names goes, as npm prunes its lock.
    references.map((reference) => [reference, pick(inputs.lock.images[reference] ?? {}, platforms)]),
  );
  for (const { reference, platform, image } of resolved) images[reference][platform] = image;
  await writeLock(pipeline.path(lockFileOf(file)), { lockfileVersion: 1, images });
  return [...new Set(wanted.map(({ reference }) => reference))];
}

function isNamed(reference: string, update: LockRequest['update']): boolean {
  if (typeof update === 'boolean' || update === undefined) return update ?? false;
  return update.some((name) => reference === name || reference.replace(/[:@][^/]*$/, '') === name);
}

function pick<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(keys.filter((key) => key in record).map((key) => [key, record[key]]));
}

async function resolve(
  pipeline: Pipeline,
  reference: string,
  platform: string,
  log: Log,
): Promise<LockedImage> {
  const started = performance.now();
  const mapped = mapReference(reference, pipeline.environment.settings.images);
  const inDaemon = pipeline.environment.settings.docker
    ? await resolveInDaemon(pipeline, mapped, platform)
    : undefined;
  const image = inDaemon ?? (await resolveAt(pipeline, mapped, platform));
  log(`lock ${reference} for ${platform}: ${image.digest}, ${duration(started)}`);
  return image;
}

/** What is wrong with an image is said at the place that names it. */
function locate(error: unknown, where: Where): unknown {
  if (!(error instanceof OciError) || error.where) return error;
  return new OciError(error.code, error.message, { where, hint: error.hint, cause: error.cause });
}

/** As `linuxkit build --docker`: the daemon first, then where the reference points. */
async function resolveInDaemon(
  pipeline: Pipeline,
  reference: string,
  platform: string,
): Promise<LockedImage | undefined> {
  if (parseReference(reference).transport !== 'registry') return undefined;
  try {
    return await resolveAt(pipeline, `docker-daemon:${reference}`, platform);
  } catch (error) {
    const absent =
      error instanceof OciError && ['not-found', 'platform-mismatch', 'unreachable'].includes(error.code);
    if (absent) return undefined;
    throw error;
  }
}

async function resolveAt(pipeline: Pipeline, reference: string, platform: string): Promise<LockedImage> {
  const parsed = parseReference(reference);
  const source = await pipeline.open(reference);
  try {
    const { digest, index, imageID } = await source.resolve(parsePlatform(platform));
    return {
      digest,
      ...(index ? { index } : {}),
      ...(parsed.transport === 'docker-daemon' ? { imageID } : {}),
    };
  } finally {
    await source.close();
  }
}

/** Renamed into place, so that no reader sees half a lock. */
async function writeLock(path: string, content: Lock): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, formatLock(content));
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
