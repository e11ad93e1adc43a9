import type { ExecutorContext } from '@nx/devkit';
import { isFrozen, openWorkspace, pluginOptions } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { signingKey } from '../sign/signing-key.js';

export interface PushOptions {
  /** Folder of the package, or the build.yml of a variant, relative to the workspace. */
  readonly package: string;
  /** Default: those of the plugin option `packages.platforms` that the package has in `arches`. */
  readonly platforms?: readonly string[];
  /** A further tag. */
  readonly release?: string;
  /** Also writes a tag for each platform. */
  readonly archTags?: boolean;
  /** Pushes also what is not committed. */
  readonly dirty?: boolean;
  /** Lets a tag stand for these images that stands for others. */
  readonly override?: boolean;
  /** Signs with the key of the plugin option `sign`, or of its environment variable. */
  readonly sign?: boolean;
}

/** Pushes the images of a package, and an index of them under its tag. */
export default async function pushExecutor(
  given: PushOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { package: place, sign, ...options } = checkOptions<PushOptions>('push', given, context);
    const { pushPackage } = await import('@nx-linuxkit/stages');
    const plugin = pluginOptions(context.nxJsonConfiguration);
    const signing = sign ? { sign: { key: signingKey(plugin.sign) } } : {};
    const request = { place, frozen: isFrozen(plugin), ...options, ...signing };
    await pushPackage(await openWorkspace(context), request, console.log);
  });
}
