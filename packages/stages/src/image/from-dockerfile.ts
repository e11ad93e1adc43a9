import { join } from 'node:path';
import type { BaseImage } from '@nx-linuxkit/dockerfile';
import type { ImageSource } from '@nx-linuxkit/oci';
import { applyLayers, DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import { bytes } from '../format-quantity.js';
import type { ImageLayers } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import { contextHash } from '../plan/dockerfile/context-hash.js';
import { DEFAULT_FILE, readPackageFile } from '../plan/dockerfile/package-file.js';
import { readPackageInputs, type PackageInputs } from '../plan/dockerfile/package-inputs.js';
import { packageKey } from '../plan/dockerfile/package-planner.js';
import type { BaseNode, DockerfileImage, ImageNode, PackageImage } from '../plan/image-node.js';
import { IMAGE_ARCHIVE } from '../sources.js';
import type { Stage } from '../stage.js';
import { openArchive } from './open-archive.js';

/** An image that a Dockerfile names, with its layers. */
export interface BuiltOn {
  readonly base: BaseNode;
  readonly image: OciImage;
  readonly layers: ImageLayers;
}

/** What building a Dockerfile reads. */
export interface DockerfileInput {
  readonly image: ImageNode & { readonly source: PackageImage };
  /** All images that the Dockerfile names. */
  readonly bases: readonly BuiltOn[];
  /** Opens the archive that this stage writes. */
  readonly source: () => Promise<ImageSource>;
  /** Closes the archive, so that `source` opens the one that has replaced it. */
  readonly forget: () => Promise<void>;
}

/**
 * Builds the image of a package that has a Dockerfile: one OCI archive with the layers that the Dockerfile adds. Those of
 * its base image are in the store, or where that image comes from.
 */
export const dockerfileImage: Stage<DockerfileInput, { readonly digest: string }, OciImage> = {
  name: 'image',
  folder: ({ image }) => `${image.root}/image`,

  key({ image, bases }, { path }) {
    const inputs = readAgain(image, path('.'));
    return [
      contextHash(path('.'), inputs),
      dockerfileOf(image).key,
      bases.map(({ image: { digest } }) => digest),
    ];
  },

  open: (input, { seal }) => openArchive(input, seal.facts.digest),

  async make({ image, bases, forget }, out, { path }) {
    await forget();
    const inputs = readAgain(image, path('.'));
    const before = contextHash(path('.'), inputs);
    // Loaded here, because most builds have no Dockerfile.
    const { buildImage } = await import('@nx-linuxkit/dockerfile');
    const { digest, size } = await buildImage(
      {
        plan: inputs.plan,
        context: inputs.context,
        labels: inputs.package.labels,
        mtime: sourceDate(inputs.package.args),
        image: async (reference, platform) => baseImage(find(bases, reference, platform)),
      },
      join(out.path, IMAGE_ARCHIVE),
    );
    if (contextHash(path('.'), readAgain(image, path('.'))) !== before) throw changed(image);
    await out.adopt(IMAGE_ARCHIVE);
    return { facts: { digest }, summary: `${image.id}: ${digest.slice(7, 19)}, ${bytes(size)}` };
  },
};

/** Reads the folder as it is now, and compares it with what the graph was made for. */
function readAgain(image: DockerfileInput['image'], workspaceRoot: string): PackageInputs {
  const { folder, file = DEFAULT_FILE } = image.source;
  const found = readPackageFile(workspaceRoot, folder, file);
  if (!found) throw changed(image);
  const inputs = readPackageInputs(workspaceRoot, found, image.platform);
  const { key, bases } = dockerfileOf(image);
  if (packageKey(workspaceRoot, image.source, inputs, bases) !== key) throw changed(image);
  return inputs;
}

function dockerfileOf({ source }: DockerfileInput['image']): DockerfileImage {
  return source.dockerfile as DockerfileImage;
}

function changed({ source: { folder } }: DockerfileInput['image']): StageError {
  return new StageError('changed-during-build', `${folder} changed during the build`, {
    where: { file: folder },
    hint: 'Build again. If only the mode of a file has changed, run `nx reset` first: Nx does not notice that.',
  });
}

function find(bases: readonly BuiltOn[], reference: string, platform: string): BuiltOn {
  const found = bases.find(({ base }) => base.reference === reference && base.platform === platform);
  if (!found) throw new Error(`the plan of the Dockerfile lacks ${reference} for ${platform}`);
  return found;
}

function baseImage({ image, layers }: BuiltOn): BaseImage {
  return {
    config: image.config.document,
    layers: image.layers,
    async tree() {
      await layers.bring(image.layers);
      const indexes = await Promise.all(image.layers.map((layer) => layers.index(layer)));
      const byDiffID = new Map(image.layers.map((layer) => [layer.diffID, layer]));
      return applyLayers(indexes, {
        open: (diffID) => layers.open(byDiffID.get(diffID) as (typeof image.layers)[0]),
      }).tree;
    },
  };
}

/** SOURCE_DATE_EPOCH, if it is among the build arguments, else LinuxKit's fixed time. Seconds since 1970. */
function sourceDate({ SOURCE_DATE_EPOCH: text = '' }: Readonly<Record<string, string>>): number {
  return /^\d{1,11}$/.test(text) ? Number(text) : DEFAULT_MTIME;
}
