import { join } from 'node:path';
import { connectionOptions } from '../connection-options.js';
import { configuredMirrors } from '../debian-mirrors.js';
import type { Environment, Log } from '../environment.js';
import { duration } from '../format-quantity.js';

/**
 * Pins the Debian packages of a package folder, which is relative to the workspace, to the versions that the archive
 * has now, in the folder's build.lock.json. Throws DebianError.
 */
export async function lockPackageFolder(environment: Environment, folder: string, log: Log): Promise<void> {
  const started = performance.now();
  const { workspaceRoot, settings, store } = environment;
  const mirrors = await configuredMirrors(settings);
  const { lockPackage } = await import('@nx-linuxkit/debian');
  const http = connectionOptions(workspaceRoot, settings);
  const { architectures } = await lockPackage(join(workspaceRoot, folder), { store, mirrors, http });
  const pinned = Object.entries(architectures).map(
    ([name, locked]) => `${Object.keys(locked?.packages ?? {}).length} packages for ${name}`,
  );
  log(`lock ${folder}: ${pinned.join(', ')}, ${duration(started)}`);
}
