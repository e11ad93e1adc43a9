import type { Mirror } from '@nx-linuxkit/debian';
import type { Environment, Log } from '../environment.js';
import { duration } from '../format-quantity.js';
import type { Pipeline } from '../pipeline.js';

/** Pins the Debian packages of a package folder to the versions that the archive has now. */
export async function lockPackageFolder(pipeline: Pipeline, folder: string, log: Log): Promise<void> {
  const started = performance.now();
  const { store } = pipeline.environment;
  const mirrors = await configuredMirrors(pipeline.environment);
  const { lockPackage } = await import('@nx-linuxkit/debian');
  const { architectures } = await lockPackage(pipeline.path(folder), { store, mirrors });
  const pinned = Object.entries(architectures).map(
    ([name, locked]) => `${Object.keys(locked?.packages ?? {}).length} packages for ${name}`,
  );
  log(`lock ${folder}: ${pinned.join(', ')}, ${duration(started)}`);
}

/** The mirror of the settings; undefined leaves it to the environment and to apt's configuration. */
export async function configuredMirrors({ settings }: Environment): Promise<readonly Mirror[] | undefined> {
  if (settings.debianMirror === undefined) return undefined;
  const { findMirrors } = await import('@nx-linuxkit/debian');
  return findMirrors({ mirror: settings.debianMirror });
}
