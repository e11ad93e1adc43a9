import { join } from 'node:path';
import { nearest, type Where } from '@nx-linuxkit/errors';
import { OciError, formatLock, parsePlatform, parseReference, type LockedImage } from '@nx-linuxkit/oci';
import type { Lock } from '@nx-linuxkit/oci/lock';
import pLimit from 'p-limit';
import type { Environment, Log } from '../environment.js';
import { StageError } from '../error.js';
import { duration } from '../format-quantity.js';
import { lockFileOf, signaturesFileOf } from '../plan/project-name.js';
import type { DockerfilePin } from '../plan/dockerfile/package-planner.js';
import { PackageFinder } from '../plan/find-package.js';
import { packagesOf, readPlan, type OsInputs } from '../plan/read-plan.js';
import { referenceName } from '../plan/reference-name.js';
import { referencesToLock, whereIs } from '../plan/references.js';
import { mapReference, type Settings } from '../plan/settings.js';
import { Sources } from '../sources.js';
import { lockDockerfiles } from './lock-dockerfile.js';
import { writeOrRemove } from './write-or-remove.js';
import { verifyPinned } from './verify-pinned.js';

/** What to lock. */
export interface LockRequest {
  /** The OS file, relative to the workspace. */
  readonly file: string;
  /** Files that `file` is merged over, in order. */
  readonly before?: readonly string[];
  /** A platform to lock beside those of the YAML. */
  readonly platform?: string;
  /** Resolve again: every reference, or those that are named, with or without tag. Default: only what is missing. */
  readonly update?: boolean | readonly string[];
}

interface Pin {
  readonly reference: string;
  readonly platform: string;
}

/** Registries answer side by side, but a few at a time, because they count requests. */
const RESOLVING = 4;

/**
 * Pins what the YAML names: each reference for each platform to the digest that it has now, in the lock file beside
 * the YAML. With the option `signatures` every image is verified first, and what convinced is written beside the lock.
 * Gives the references that were resolved. Nothing caches a lock, because people commit the file. Throws SpecError,
 * OciError and SignatureError at the place of the reference, and writes nothing then.
 */
export async function lock(environment: Environment, request: LockRequest, log: Log): Promise<string[]> {
  const sources = new Sources(environment);
  try {
    return await lockFrom(sources, environment, request, log);
  } finally {
    await sources.close();
  }
}

/** Locks through sources that are open already, and shares their connections. */
export async function lockFrom(
  sources: Sources,
  { workspaceRoot, settings }: Pick<Environment, 'workspaceRoot' | 'settings'>,
  { file, before = [], platform: further, update }: LockRequest,
  log: Log,
): Promise<string[]> {
  const inputs = readPlan(workspaceRoot, file, settings, before);
  const platforms = [...new Set([...inputs.os.platforms, ...(further ? [further] : [])])];
  const pins = platforms.flatMap((platform) =>
    referencesToLock(inputs.os, settings, platform).map((reference) => ({ reference, platform })),
  );
  if (Array.isArray(update)) checkNames(update, pins, file);
  const wanted = pins.filter(
    ({ reference, platform }) => isNamed(reference, update) || !inputs.lock.images[reference]?.[platform],
  );
  const limit = pLimit(RESOLVING);
  const resolved = await Promise.all(
    wanted.map((pin) =>
      limit(async () => {
        const image = await resolve(sources, settings, pin, log).catch((error: unknown) => {
          throw locate(error, whereIs(inputs.os, pin.reference));
        });
        return { ...pin, image };
      }),
    ),
  );
  const images: Record<string, Record<string, LockedImage>> = Object.fromEntries(
    // References that the YAML no longer names are dropped, as npm prunes its lock.
    pins.map(({ reference }) => [reference, pick(inputs.lock.images[reference] ?? {}, platforms)]),
  );
  for (const { reference, platform, image } of resolved) images[reference][platform] = image;
  const locked: Lock = { lockfileVersion: 1, images };
  const evidence = await verifyPinned(
    { file, os: inputs.os, lock: locked, platforms },
    sources,
    { workspaceRoot, settings },
    log,
  );
  // The lock comes last: with it alone a build would miss the evidence.
  if (evidence !== undefined) await writeOrRemove(join(workspaceRoot, signaturesFileOf(file)), evidence);
  await writeOrRemove(join(workspaceRoot, lockFileOf(file)), formatLock(locked));
  await lockPackages(sources, { workspaceRoot, settings }, { file, inputs, platforms }, log);
  return [...new Set(wanted.map(({ reference }) => reference))];
}

/** Refuses names that no reference of the YAML has: they would be left out in silence. */
function checkNames(names: readonly string[], pins: readonly Pin[], file: string): void {
  const references = [...new Set(pins.map(({ reference }) => reference))];
  const known = [...new Set(references.flatMap((reference) => [referenceName(reference), reference]))];
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    throw new StageError(
      'unknown-image',
      `there is no image ${name} to update${meant === undefined ? '' : `, did you mean ${meant}?`}`,
      {
        where: { file },
        hint: references.length === 0 ? 'It names packages only.' : `It names ${references.join(', ')}.`,
      },
    );
  }
}

/** Pins what the Dockerfiles of the packages name that the YAML names, and of those that these are built on. */
async function lockPackages(
  sources: Sources,
  { workspaceRoot, settings }: Pick<Environment, 'workspaceRoot' | 'settings'>,
  { file, inputs, platforms }: { file: string; inputs: OsInputs; platforms: readonly string[] },
  log: Log,
): Promise<void> {
  const packages = new PackageFinder(workspaceRoot, settings);
  const named = packagesOf(inputs.os, settings, packages, file);
  const missing = named.flatMap((source) =>
    platforms.flatMap((platform) => packages.unlocked(source, platform)),
  );
  await lockDockerfiles(workspaceRoot, missing, (pin) => resolvePin(sources, settings, pin, log), log);
}

/** Whether `update` asks for a reference that is pinned already. */
export function isNamed(reference: string, update: LockRequest['update']): boolean {
  if (typeof update === 'boolean' || update === undefined) return update ?? false;
  return update.some((name) => reference === name || referenceName(reference) === name);
}

function pick<T>(record: Readonly<Record<string, T>>, keys: readonly string[]): Record<string, T> {
  return Object.fromEntries(keys.filter((key) => key in record).map((key) => [key, record[key]]));
}

async function resolve(
  sources: Sources,
  { images, docker }: Pick<Settings, 'images' | 'docker'>,
  { reference, platform }: Pin,
  log: Log,
): Promise<LockedImage> {
  const started = performance.now();
  const mapped = mapReference(reference, images);
  const inDaemon = docker ? await resolveInDaemon(sources, mapped, platform) : undefined;
  const image = inDaemon ?? (await resolveAt(sources, mapped, platform));
  log(`lock ${reference} for ${platform}: ${image.digest}, ${duration(started)}`);
  return image;
}

/** What a reference of a Dockerfile stands for now. Errors have the line of the reference. */
export async function resolvePin(
  sources: Sources,
  settings: Pick<Settings, 'images' | 'docker'>,
  pin: DockerfilePin,
  log: Log,
): Promise<LockedImage> {
  return resolve(sources, settings, pin, log).catch((error: unknown) => {
    throw locate(error, pin.where);
  });
}

/** Gives an error about an image the place that names the image. */
export function locate(error: unknown, where: Where): unknown {
  if (!(error instanceof OciError) || error.where) return error;
  return new OciError(error.code, error.message, { where, hint: error.hint, cause: error.cause });
}

/** As `linuxkit build --docker`: asks the daemon before the place where the reference points. */
export async function resolveInDaemon(
  sources: Sources,
  reference: string,
  platform: string,
): Promise<LockedImage | undefined> {
  if (parseReference(reference).transport !== 'registry') return undefined;
  try {
    return await resolveAt(sources, `docker-daemon:${reference}`, platform);
  } catch (error) {
    const absent =
      error instanceof OciError && ['not-found', 'platform-mismatch', 'unreachable'].includes(error.code);
    if (absent) return undefined;
    throw error;
  }
}

/** The digests that a reference stands for now, at the place that it names. */
export async function resolveAt(sources: Sources, reference: string, platform: string): Promise<LockedImage> {
  const parsed = parseReference(reference);
  const source = await sources.open(reference);
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
