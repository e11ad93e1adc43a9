import type { ExecutorContext } from '@nx/devkit';
import { isFrozen, openWorkspace, pluginOptions } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export interface PackageOptions {
  /** Folder of the package, or the build.yml of a variant, relative to the workspace. */
  readonly package: string;
  /** Default: those of the plugin option `packages.platforms` that the package has in `arches`. */
  readonly platforms?: readonly string[];
  /** Why the task is not cached. */
  readonly uncached?: string;
}

/** Locks what a package's Dockerfile names and is not locked, and builds the package, in one task. */
export default async function packageExecutor(
  given: PackageOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { package: place, platforms, uncached } = checkOptions<PackageOptions>('package', given, context);
    const { buildPackage } = await import('@nx-linuxkit/stages');
    if (uncached !== undefined) console.log(`not cached: ${uncached}`);
    const frozen = isFrozen(pluginOptions(context.nxJsonConfiguration));
    await buildPackage(await openWorkspace(context), { place, platforms, frozen }, console.log);
  });
}
