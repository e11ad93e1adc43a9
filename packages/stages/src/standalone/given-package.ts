import { existsSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Lock, LockedImage } from '@nx-linuxkit/oci';
import pLimit from 'p-limit';
import { outputPathIn, type Environment, type Log } from '../environment.js';
import { StageError } from '../error.js';
import { locate } from '../lock/resolve-reference.js';
import { Pipeline } from '../pipeline.js';
import { readNamedPackage, readPackageFile, type NamedPackage } from '../plan/dockerfile/package-file.js';
import { DEFAULT_FILE } from '../plan/dockerfile/dockerfile-package.js';
import type { PackageOverrides } from '../plan/dockerfile/package-overrides.js';
import type { DockerfilePin } from '../plan/dockerfile/package-planner.js';
import { PackageFinder } from '../plan/find-package.js';
import { packageHash } from '../plan/package-hash.js';
import { packageNode, type ImageNode, type PackageImage } from '../plan/image-node.js';
import { referenceMap } from '../plan/reference-map.js';
import { removeFolder } from '../replace-folder.js';
import { Sources } from '../sources.js';
import { findImage, type PinRequest } from './pin-references.js';

/** A package that a command names by its folder. */
export interface GivenPackage {
  readonly source: PackageImage;
  readonly described: NamedPackage;
}

/** How to find a package that a command names. */
export interface GivenFolder {
  /** Absolute path. */
  readonly folder: string;
  /** The file in it that describes the package. Default: build.yml. */
  readonly file?: string;
  readonly overrides?: PackageOverrides;
}

/** What a package may be built of. */
export interface PackagePins extends Omit<PinRequest, 'platform' | 'settings'> {
  /** A file from which npm packages are looked for, beside those of the folder. */
  readonly packagesFrom: string;
}

/** Registries answer side by side, but a few at a time, because they count requests. */
const RESOLVING = 4;

/** Reads what describes a package. Throws StageError, and SpecError for a build.yml that is not valid. */
export function readGivenPackage(
  { workspaceRoot }: Environment,
  { folder, file = DEFAULT_FILE, overrides }: GivenFolder,
): GivenPackage {
  const place = posix.join(folder, file);
  if (!existsSync(place)) {
    throw new StageError('missing-file', `there is no ${file} in ${folder}`, {
      hint: 'Name the folder of a package; --build-yml names another file in it.',
    });
  }
  const described = readNamedPackage(workspaceRoot, folder, file, overrides);
  const named = file === DEFAULT_FILE ? {} : { file };
  return { source: { kind: 'package', folder, ...named, ...(overrides && { overrides }) }, described };
}

/** Throws StageError `unsupported` for a package that has neither a Dockerfile nor `contents`: it has a name alone. */
export function checkBuildable({ workspaceRoot }: Environment, { source, described }: GivenPackage): void {
  const { folder, file = DEFAULT_FILE, overrides } = source;
  if (described.hasContents || readPackageFile(workspaceRoot, folder, file, overrides)) return;
  throw new StageError(
    'unsupported',
    `${posix.join(folder, file)} has nothing that an image can be made of`,
    {
      where: { file: posix.join(folder, file) },
      hint: 'Add a Dockerfile beside it, or the key `contents`.',
    },
  );
}

/**
 * Plans the images of a package. What no lock pins is the image that the store has under that name, else the one of the
 * registry, as in a build without a workspace; no lock is written. Throws OciError at the line of the Dockerfile.
 */
export async function planGivenPackage(
  environment: Environment,
  { source: given, described }: GivenPackage,
  platforms: readonly string[],
  { packagesFrom: from, ...request }: PackagePins,
  log: Log,
): Promise<readonly ImageNode[]> {
  const { workspaceRoot, settings } = environment;
  const finder = new PackageFinder(workspaceRoot, settings, { from });
  const source = described.hasContents ? { ...given, pinned: packageHash(given.folder) } : given;
  const unlocked = platforms.flatMap((platform) => finder.unlocked(source, platform));
  const pins = await pinAll(environment, unlocked, request, log);
  const pinned = new PackageFinder(workspaceRoot, settings, { from, pins });
  return platforms.map((platform) => pinned.node(source, platform));
}

async function pinAll(
  environment: Environment,
  unlocked: readonly DockerfilePin[],
  request: Omit<PinRequest, 'platform' | 'settings'>,
  log: Log,
): Promise<Lock> {
  const { settings, store } = environment;
  const limit = pLimit(RESOLVING);
  const sources = new Sources(environment);
  const map = referenceMap(settings.images, () => false);
  const unique = [...new Map(unlocked.map((pin) => [`${pin.reference} ${pin.platform}`, pin])).values()];
  try {
    const found = await Promise.all(
      unique.map((pin) =>
        limit(async () => {
          const { reference, platform } = pin;
          const wanted = { ...request, settings, platform };
          const image = await findImage(map.target(reference), { store, sources }, wanted, log).catch(
            (error: unknown) => {
              throw locate(error, pin.where);
            },
          );
          return { pin, image };
        }),
      ),
    );
    const images: Record<string, Record<string, LockedImage>> = {};
    for (const { pin, image } of found) (images[pin.reference] ??= {})[pin.platform] = image;
    return { lockfileVersion: 1, images };
  } finally {
    await sources.close();
  }
}

/** Whether an output for a package is there, of whatever key and whatever overrides. */
export function wasMadeHere(environment: Environment, { source }: GivenPackage, platform: string): boolean {
  const { root } = packageNode({ ...source, overrides: undefined }, platform);
  const above = outputPathIn(environment, posix.dirname(root));
  if (!existsSync(above)) return false;
  const found = readdirSync(above).filter((name) => name.startsWith(posix.basename(root)));
  return found.some((name) => existsSync(join(above, name, 'image')));
}

/** Removes what was made of a package, so that it is made again. */
export async function discardOutput(environment: Environment, node: ImageNode): Promise<void> {
  await removeFolder(outputOf(environment, node));
}

function outputOf(environment: Environment, { root }: ImageNode): string {
  return outputPathIn(environment, root, 'image');
}

/** Makes images, each once, and what they are built on. Throws the Fault of whatever failed. */
export async function makePackages(
  environment: Environment,
  nodes: readonly ImageNode[],
  log: Log,
): Promise<void> {
  const pipeline = new Pipeline(environment);
  try {
    await pipeline.run({ stage: 'package', images: nodes }, log);
  } finally {
    await pipeline.close();
  }
}
