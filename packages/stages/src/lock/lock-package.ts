import { join } from 'node:path';
import { DEFAULT_PLATFORM } from '@nx-linuxkit/spec';
import { connectionOptions } from '../connection-options.js';
import { configuredMirrors } from '../debian-mirrors.js';
import type { Environment, Log } from '../environment.js';
import { duration } from '../format-quantity.js';
import { installedPackage, isInstalled } from '../image/relock.js';
import { packageAt } from '../plan/dockerfile/package-file.js';
import { packagePlatforms } from '../plan/dockerfile/package-platforms.js';
import { PackageFinder } from '../plan/find-package.js';
import type { PackageImage } from '../plan/image-node.js';
import { Sources } from '../sources.js';
import { isNamed, resolvePin, type LockRequest } from './index.js';
import { lockDockerfiles } from './lock-dockerfile.js';

/** What of a package's Dockerfile to pin. */
export interface PackageLockRequest {
  /** Resolve again: every reference, or those that are named. Default: only what is missing. */
  readonly update?: LockRequest['update'];
  /** Default: those of the settings that the package has. */
  readonly platforms?: readonly string[];
}

/**
 * Pins what the image of a package is made of, in the lock beside its build.yml. `place` is its folder, or the file that
 * describes a variant, relative to the workspace. Throws DebianError, DockerfileError, OciError, and
 * StageError `unsupported` for a folder that npm installed.
 */
export async function lockPackageFolder(
  environment: Environment,
  place: string,
  log: Log,
  request: PackageLockRequest = {},
): Promise<void> {
  if (isInstalled(place)) throw installedPackage(place, DEFAULT_PLATFORM, environment.settings);
  const source = packageAt(environment.workspaceRoot, place);
  const packages = new PackageFinder(environment.workspaceRoot, environment.settings);
  const isDockerfile = packages.describe(source) !== undefined;
  if (isDockerfile) await lockDockerfile(environment, packages, source, log, request);
  else await lockDebian(environment, source.folder, log);
}

async function lockDockerfile(
  environment: Environment,
  packages: PackageFinder,
  source: PackageImage,
  log: Log,
  { update, platforms: wanted }: PackageLockRequest,
): Promise<void> {
  const { workspaceRoot, settings } = environment;
  const platforms = wanted ?? packagePlatforms(packages.describe(source), settings);
  const pinned = platforms.flatMap((platform) => {
    const { unlocked = [], pins = [] } = packages.plan(source, platform) ?? {};
    return [...unlocked, ...pins.filter(({ reference }) => isNamed(reference, update))];
  });
  if (pinned.length === 0) log(`the lock of ${source.folder} is complete`);
  const sources = new Sources(environment);
  try {
    await lockDockerfiles(workspaceRoot, pinned, (pin) => resolvePin(sources, settings, pin, log), log);
  } finally {
    await sources.close();
  }
}

async function lockDebian(environment: Environment, folder: string, log: Log): Promise<void> {
  const started = performance.now();
  const { workspaceRoot, settings, store } = environment;
  const mirrors = await configuredMirrors(settings);
  const { lockPackage } = await import('@nx-linuxkit/debian');
  const http = connectionOptions(workspaceRoot, settings);
  const { architectures } = await lockPackage(join(workspaceRoot, folder), { store, mirrors, http });
  const pinned = Object.entries(architectures).map(
    ([name, locked]) => `${Object.keys(locked?.packages ?? {}).length} packages for ${name}`,
  );
  const none = Object.values(architectures).every(
    (locked) => Object.keys(locked?.packages ?? {}).length === 0,
  );
  if (none) log(`${folder} selects no Debian package, so it needs no lock`);
  else log(`lock ${folder}: ${pinned.join(', ')}, ${duration(started)}`);
}
