import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { nearest } from '@nx-linuxkit/errors';
import { formatLock, type LockedImage } from '@nx-linuxkit/oci';
import type { Lock } from '@nx-linuxkit/oci/lock';
import type { Environment, Log } from '../environment.js';
import { StageError } from '../error.js';
import { fewAtATime } from '../few-at-a-time.js';
import { duration } from '../format-quantity.js';
import type { OsSource } from '../plan/identify.js';
import { isContentTag, isImmutable, resolvedFileOf } from '../plan/immutable.js';
import { lockFileOf, signaturesFileOf } from '../plan/project-name.js';
import type { DockerfilePin } from '../plan/dockerfile/package-planner.js';
import { PackageFinder } from '../plan/find-package.js';
import { packagesOf, type OsInputs } from '../plan/read-plan.js';
import { referenceMap } from '../plan/reference-map.js';
import { referenceName } from '../plan/reference-name.js';
import { whereIsPinned } from '../plan/references.js';
import type { Settings } from '../plan/settings.js';
import { Sources } from '../sources.js';
import { imagesOf, pinsOf, platformsOf, readSystems, type Pin } from './pins.js';
import { describePlaces } from './places.js';
import { locate, resolveReference } from './resolve-reference.js';
import { lockDockerfiles } from './lock-dockerfile.js';
import { otherFiles, suggestLocal } from './other-files.js';
import { suggestMapping } from './suggest-mapping.js';
import { writeOrRemove } from './write-or-remove.js';
import { verifyPinned } from './verify-pinned.js';

/** What to lock: a file with all systems that it describes, whatever `variant` says. */
export interface LockRequest extends OsSource {
  /** A platform to lock beside those of the YAML. */
  readonly platform?: string;
  /** Resolve again: every reference, or those that are named, with or without tag. Default: only what is missing. */
  readonly update?: boolean | readonly string[];
}

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

/**
 * Locks through sources that are open already, and shares their connections. References whose tags are content hashes
 * need no lock: those that it does not have yet go to the git-ignored file beside it.
 */
export async function lockFrom(
  sources: Sources,
  { workspaceRoot, settings }: Pick<Environment, 'workspaceRoot' | 'settings'>,
  { platform: further, update, ...source }: LockRequest,
  log: Log,
): Promise<string[]> {
  const { file } = source;
  const systems = readSystems(workspaceRoot, source, settings);
  const [{ committed, lock: known }] = systems;
  const pins = pinsOf(systems, settings, further);
  if (Array.isArray(update)) checkNames(update, pins, file);
  const isMissing = ({ reference, platform }: Pin) =>
    isNamed(reference, update) || !known.images[reference]?.[platform];
  const isFree = ({ reference }: Pin) => !committed.images[reference] && isContentTag(reference, settings);
  const packages = new PackageFinder(workspaceRoot, settings);
  const resolved = await resolvePins(sources, settings, pins.filter(isMissing), packages, log);

  const locked: Lock = {
    lockfileVersion: 1,
    images: imagesOf(
      pins.filter((pin) => !isFree(pin)),
      known.images,
      resolved.filter((pin) => !isFree(pin)),
    ),
  };
  if (settings.images && Object.keys(settings.images).length > 0) log(describePlaces(file, systems));
  const evidence = await verifyPinned(
    { file, lock: locked, systems: withPlatforms(systems, further) },
    sources,
    { workspaceRoot, settings },
    log,
  );
  await writeResolved(workspaceRoot, file, known, pins.filter(isFree), resolved.filter(isFree));
  // The lock comes last: with it alone a build would miss the evidence.
  if (evidence !== undefined) await writeOrRemove(join(workspaceRoot, signaturesFileOf(file)), evidence);
  await writeOrRemove(join(workspaceRoot, lockFileOf(file)), formatLock(locked));
  await lockPackages(sources, { workspaceRoot, settings }, { file, systems, further }, log);
  return [...new Set(resolved.map(({ reference }) => reference))];
}

/**
 * Resolves the immutable references of an OS file that neither its lock nor an earlier run has, and keeps them in the
 * git-ignored file that inference reads. The lock stays as it is. Gives the references that were resolved.
 */
export async function resolveFrom(
  sources: Sources,
  { workspaceRoot, settings }: Pick<Environment, 'workspaceRoot' | 'settings'>,
  { platform: further, ...source }: Omit<LockRequest, 'update'>,
  log: Log,
): Promise<string[]> {
  const systems = readSystems(workspaceRoot, source, settings);
  const [{ committed, lock: known }] = systems;
  const free = pinsOf(systems, settings, further).filter(
    ({ reference, platform }) => !committed.images[reference]?.[platform] && isImmutable(reference, settings),
  );
  const missing = free.filter(({ reference, platform }) => !known.images[reference]?.[platform]);
  const packages = new PackageFinder(workspaceRoot, settings);
  const resolved = await resolvePins(sources, settings, missing, packages, log);
  await writeResolved(workspaceRoot, source.file, known, free, resolved);
  return [...new Set(resolved.map(({ reference }) => reference))];
}

async function resolvePins(
  sources: Sources,
  settings: Settings,
  pins: readonly Pin[],
  packages: PackageFinder,
  log: Log,
): Promise<(Pin & { readonly image: LockedImage })[]> {
  return fewAtATime(pins, async (pin) => {
    const started = performance.now();
    const { reference, platform, os, map } = pin;
    const local = packages.withTag(reference);
    const image = await resolveReference(sources, map.targets(reference), platform, settings).catch(
      (error: unknown) => {
        const located = locate(error, whereIsPinned(os, reference));
        const mapped = suggestMapping(located, reference, map.targets(reference), settings.images);
        throw suggestLocal(mapped, reference, local);
      },
    );
    log(`lock ${reference} for ${platform}: ${image.digest}${otherFiles(local)}, ${duration(started)}`);
    return { ...pin, image };
  });
}

async function writeResolved(
  workspaceRoot: string,
  file: string,
  known: Lock,
  pins: readonly Pin[],
  resolved: readonly (Pin & { readonly image: LockedImage })[],
): Promise<void> {
  if (resolved.length === 0) return;
  const path = join(workspaceRoot, resolvedFileOf(file));
  await mkdir(dirname(path), { recursive: true });
  await writeOrRemove(
    path,
    formatLock({ lockfileVersion: 1, images: imagesOf(pins, known.images, resolved) }),
  );
}

function withPlatforms(systems: readonly OsInputs[], further: string | undefined) {
  return systems.flatMap(({ os, map }) =>
    platformsOf(os, further).map((platform) => ({ os, map, platform })),
  );
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
  {
    file,
    systems,
    further,
  }: { readonly file: string; readonly systems: readonly OsInputs[]; readonly further: string | undefined },
  log: Log,
): Promise<void> {
  const packages = new PackageFinder(workspaceRoot, settings);
  const missing = systems.flatMap((inputs) =>
    packagesOf(inputs, packages, file).flatMap((source) =>
      platformsOf(inputs.os, further).flatMap((platform) => packages.unlocked(source, platform)),
    ),
  );
  await lockDockerfiles(workspaceRoot, missing, (pin) => resolvePin(sources, settings, pin, log), log);
}

/** What a reference of a Dockerfile stands for now. Errors have the line of the reference. */
export async function resolvePin(
  sources: Sources,
  settings: Pick<Settings, 'images' | 'docker'>,
  { reference, platform, where }: DockerfilePin,
  log: Log,
): Promise<LockedImage> {
  const started = performance.now();
  // A reference that stands for a package is no pin.
  const { targets } = referenceMap(settings.images, () => false);
  const image = await resolveReference(sources, targets(reference), platform, settings).catch(
    (error: unknown) => {
      throw locate(error, where);
    },
  );
  log(`lock ${reference} for ${platform}: ${image.digest}, ${duration(started)}`);
  return image;
}

/** Whether `update` asks for a reference that is pinned already. */
export function isNamed(reference: string, update: LockRequest['update']): boolean {
  if (typeof update === 'boolean' || update === undefined) return update ?? false;
  return update.some((name) => reference === name || referenceName(reference) === name);
}
