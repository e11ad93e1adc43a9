import { join } from 'node:path';
import { DEFAULT_PLATFORM } from '@nx-linuxkit/spec';
import { connectionOptions } from '../connection-options.js';
import { configuredMirrors } from '../debian-mirrors.js';
import type { Environment, Log } from '../environment.js';
import { duration } from '../format-quantity.js';
import { installedPackage, isInstalled } from '../image/relock.js';

/**
 * Pins the Debian packages of a package folder, which is relative to the workspace, to the versions that the archive
 * has now, in the folder's build.lock.json. Throws DebianError, and StageError `unsupported` for a folder that npm
 * installed.
 */
export async function lockPackageFolder(environment: Environment, folder: string, log: Log): Promise<void> {
  const started = performance.now();
  const { workspaceRoot, settings, store } = environment;
  if (isInstalled(folder)) throw installedPackage(folder, DEFAULT_PLATFORM, settings);
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
