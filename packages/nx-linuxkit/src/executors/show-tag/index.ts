import type { ExecutorContext } from '@nx/devkit';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export interface ShowTagOptions {
  /** Folder of the package, or the build.yml of a variant, relative to the workspace. */
  readonly package: string;
}

/** Prints the reference by which LinuxKit names the image of a package. */
export default async function showTagExecutor(
  given: ShowTagOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { package: place } = checkOptions<ShowTagOptions>('show-tag', given, context);
    const { packageTag } = await import('@nx-linuxkit/stages');
    console.log((await packageTag(await openWorkspace(context), place)).reference);
  });
}
