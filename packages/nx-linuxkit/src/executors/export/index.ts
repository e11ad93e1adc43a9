import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { ExportFormat } from '@nx-linuxkit/stages/standalone';
import type { ImageNode } from '@nx-linuxkit/stages/plan';
import type { Environment } from '@nx-linuxkit/stages';
import { isFrozen, openWorkspace, pluginOptions } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeWhole } from '../write-whole.js';

export interface ExportOptions {
  /** Set by inference on the node of an image: the image. */
  readonly image?: ImageNode;
  /** Set by inference on the project of a package: its folder, or the file of a variant. */
  readonly package?: string;
  /** The platform of a package. Default: the first one that it is built for. */
  readonly platform?: string;
  /** The file to write, relative to the folder where Nx was started. */
  readonly outputFile: string;
  /** Default: `oci`. */
  readonly format?: ExportFormat;
  /** The image's name in the file. Default: none. */
  readonly name?: string;
  /** One file or folder of the image; implies `filesystem`. */
  readonly path?: string;
}

/** Writes the image of a package to a file. Nx prints lines of its own, so there is no standard output for it. */
export default async function exportExecutor(
  given: ExportOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const checked = checkOptions<ExportOptions>('export', given, context);
    const { outputFile, name, path } = checked;
    const { format = path === undefined ? 'oci' : 'filesystem' } = checked;
    const { Pipeline, exportImage } = await import('@nx-linuxkit/stages/standalone');
    const environment = await openWorkspace(context);
    const image = checked.image ?? (await imageOf(environment, checked, context));
    const pipeline = new Pipeline(environment);
    try {
      const bytes = exportImage(pipeline, { image, format, name, path }, console.log);
      const target = resolve(context.cwd, outputFile);
      await writeWhole(target, bytes);
      console.log(`export ${image.id}: ${outputFile}`);
    } finally {
      await pipeline.close();
    }
  });
}

/** Builds the image of a package for one platform. Throws StageError `unsupported` for a package that has none. */
async function imageOf(
  environment: Environment,
  { package: place, platform }: ExportOptions,
  { nxJsonConfiguration }: ExecutorContext,
): Promise<ImageNode> {
  const { StageError, buildPackage } = await import('@nx-linuxkit/stages');
  if (place === undefined) {
    throw new StageError('missing-file', 'expected the option `image` or `package`, got neither');
  }
  const request = { place, platforms: platform === undefined ? undefined : [platform] };
  const frozen = isFrozen(pluginOptions(nxJsonConfiguration));
  const [image] = await buildPackage(environment, { ...request, frozen }, console.log);
  if (image) return image;
  throw new StageError('unsupported', `${place} is made for no platform of the workspace`, {
    where: { file: place },
    hint: 'Name a platform of its `arches`: --platform=linux/arm64.',
  });
}
