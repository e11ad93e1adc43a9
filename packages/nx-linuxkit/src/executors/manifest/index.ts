import type { ExecutorContext } from '@nx/devkit';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export interface ManifestOptions {
  /** Folder of the package, or the build.yml of a variant, relative to the workspace. */
  readonly package: string;
  /** A further tag whose index is written. */
  readonly release?: string;
}

/** Writes the index of a package's tag anew, of the images that machines have pushed for an architecture each. */
export default async function manifestExecutor(
  given: ManifestOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { package: place, release } = checkOptions<ManifestOptions>('manifest', given, context);
    const { writePackageIndex } = await import('@nx-linuxkit/stages');
    const request = { place, ...(release !== undefined && { release }) };
    await writePackageIndex(await openWorkspace(context), request, console.log);
  });
}
