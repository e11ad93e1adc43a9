import type { Environment, Log } from './environment.js';
import { StageError } from './error.js';
import { lockPackageFolder } from './lock/lock-package.js';
import { Pipeline } from './pipeline.js';
import { packageAt, packageProjectName } from './plan/dockerfile/package-file.js';
import { packagePlatforms } from './plan/dockerfile/package-platforms.js';
import { PackageFinder } from './plan/find-package.js';
import type { ImageNode } from './plan/image-node.js';
import { targetName } from './plan/target-names.js';

/** Which package to build. */
export interface PackageRequest {
  /** Its folder, or the build.yml of a variant, relative to the workspace. */
  readonly place: string;
  /** Default: those of the settings that the package has. */
  readonly platforms?: readonly string[];
  /** Throws where the lock must be written, instead of writing it. */
  readonly frozen: boolean;
}

/**
 * Builds the images of a package in one go: locks what its Dockerfile names and is not locked, then builds. Gives the
 * nodes of the images. Throws the Fault of whatever failed; StageError `not-locked` where the lock may not be written.
 */
export async function buildPackage(
  environment: Environment,
  { place, platforms, frozen }: PackageRequest,
  log: Log,
): Promise<readonly ImageNode[]> {
  const { workspaceRoot, settings } = environment;
  const source = packageAt(workspaceRoot, place);
  const find = () => new PackageFinder(workspaceRoot, settings);
  const wanted = platforms ?? packagePlatforms(find().describe(source), settings);
  const unlocked = wanted.flatMap((platform) => find().unlocked(source, platform));
  if (unlocked.length > 0) {
    if (frozen) {
      const names = [...new Set(unlocked.map(({ reference }) => reference))].join(', ');
      throw new StageError('not-locked', `the lock of ${place} does not pin ${names}`, {
        where: unlocked[0].where,
        hint: `Run \`nx ${targetName('lock', settings)} ${packageProjectName(place)}\` and commit the lock file; locks are not written in CI or with \`frozen\`.`,
      });
    }
    await lockPackageFolder(environment, place, log, { platforms: wanted });
  }
  const packages = find();
  const nodes = wanted.map((platform) => packages.node(source, platform));
  const pipeline = new Pipeline(environment);
  try {
    await pipeline.run({ stage: 'package', images: nodes }, log);
  } finally {
    await pipeline.close();
  }
  return nodes;
}
