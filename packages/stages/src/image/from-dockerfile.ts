import { join } from 'node:path';
import type { BaseImage, WrittenImage } from '@nx-linuxkit/dockerfile';
import type { ImageSource } from '@nx-linuxkit/oci';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import { bytes } from '../format-quantity.js';
import { shortImageName } from '../image-name.js';
import type { OciImage } from '../layers/oci-image.js';
import type { Activity } from '../progress/activity.js';
import { contextHash } from '../plan/dockerfile/context-hash.js';
import { DEFAULT_FILE, readPackageFile } from '../plan/dockerfile/package-file.js';
import { readPackageInputs, type PackageInputs } from '../plan/dockerfile/package-inputs.js';
import { packageKey } from '../plan/dockerfile/package-planner.js';
import type { DockerfileImage, ImageNode, PackageImage } from '../plan/image-node.js';
import { keyOf } from '../plan/key.js';
import type { Settings } from '../plan/settings.js';
import { IMAGE_ARCHIVE } from '../sources.js';
import type { Stage } from '../stage.js';
import { stageVersion } from '../stages.js';
import { withAccess } from './access.js';
import type { BuiltOn } from './built-on.js';
import { openArchive } from './open-archive.js';
import type { PackageRegistry } from './package-registry.js';
import { withSavedImages } from './saved-images.js';

/** What building a Dockerfile reads. */
export interface DockerfileInput {
  readonly image: ImageNode & { readonly source: PackageImage };
  readonly settings: Pick<Settings, 'packages'>;
  /** Where images of packages are kept by their keys, if anywhere. */
  readonly registry?: PackageRegistry;
  /** All images that the Dockerfile names. */
  readonly bases: readonly BuiltOn[];
  /** Opens the archive that this stage writes. */
  readonly source: () => Promise<ImageSource>;
  /** Closes the archive, so that `source` opens the one that has replaced it. */
  readonly forget: () => Promise<void>;
}

/** What the seal says beside the key. */
interface Facts {
  readonly digest: string;
  /** The name and version of the builder, for people: it decides no byte that it need not decide. */
  readonly builder?: string;
}

/**
 * Builds the image of a package that has a Dockerfile: one OCI archive with the layers that the Dockerfile adds. Those of
 * its base image are in the store, or where that image comes from.
 */
export const dockerfileImage: Stage<DockerfileInput, Facts, OciImage> = {
  name: 'image',
  subject: ({ image }) => shortImageName(image),
  folder: ({ image }) => `${image.root}/image`,

  key({ image, bases, settings }, { path }) {
    const inputs = readAgain(image, settings, path('.'));
    return [contextHash(path('.'), inputs), dockerfileOf(image).key, digestsOf(bases)];
  },

  open: (input, { seal }) => openArchive(input, seal.facts.digest),

  async make({ image, bases, settings, registry, forget }, out, { path, log, activity, store }) {
    await forget();
    const inputs = readAgain(image, settings, path('.'));
    const before = contextHash(path('.'), inputs);
    const output = join(out.path, IMAGE_ARCHIVE);
    const key = keyOf([stageVersion('image'), before, dockerfileOf(image).key, digestsOf(bases)]);
    const wanted = { image, name: inputs.package.image, key };
    const below = bases.flatMap(({ image: { layers } }) => layers.map(({ blob }) => blob));
    const taken = await registry?.take(wanted, below, output, log);
    if (taken) {
      await out.adopt(IMAGE_ARCHIVE);
      return { facts: { digest: taken.digest }, summary: `${summaryOf(image, taken)}, from its registry` };
    }
    // Loaded here, because most builds have no Dockerfile.
    const { buildImage, buildWith, findBuilder } = await import('@nx-linuxkit/dockerfile');
    const { plan, package: found } = inputs;
    const builder =
      plan.run && (await findBuilder(process.env.NX_LINUXKIT_BUILDER ?? settings.packages?.builder, plan));
    const saved = (reference: string) => find(bases, reference, image.platform);
    const written = await withSavedImages(inputs, store, saved, (context) => {
      const input = {
        ...{ plan, context, labels: found.labels, mtime: sourceDate(plan.build.args) },
        image: async (reference: string, platform: string) =>
          baseImage(find(bases, reference, platform), activity),
      };
      if (!builder) return buildImage(input, output);
      const { network } = found;
      const from = {
        plan,
        settings: settings.packages ?? {},
        workspaceRoot: path('.'),
        env: process.env,
        store,
      };
      const take = (line: string) => log(`${image.id}: ${line}`);
      return withAccess(from, (access) =>
        buildWith({ ...input, builder, network, access, log: take }, output),
      );
    });
    if (contextHash(path('.'), readAgain(image, settings, path('.'))) !== before) throw changed(image);
    await out.adopt(IMAGE_ARCHIVE);
    const by = builder ? { builder: builder.version } : {};
    const summary = summaryOf(image, written);
    return {
      facts: { digest: written.digest, ...by },
      summary: builder ? `${summary}, by ${builder.version}` : summary,
    };
  },
};

function digestsOf(bases: readonly BuiltOn[]): string[] {
  return bases.map(({ image: { digest } }) => digest);
}

function summaryOf({ id }: ImageNode, { digest, size }: WrittenImage): string {
  return `${id}: ${digest.slice(7, 19)}, ${bytes(size)}`;
}

/** Reads the folder as it is now, and compares it with what the graph was made for. */
function readAgain(
  image: DockerfileInput['image'],
  settings: Pick<Settings, 'packages'>,
  workspaceRoot: string,
): PackageInputs {
  const { folder, file = DEFAULT_FILE, overrides } = image.source;
  const found = readPackageFile(workspaceRoot, folder, file, overrides);
  if (!found) throw changed(image);
  const inputs = readPackageInputs(workspaceRoot, found, image.platform);
  const { key, bases } = dockerfileOf(image);
  if (packageKey(workspaceRoot, image.source, inputs, bases, settings) !== key) throw changed(image);
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

function baseImage({ image, layers }: BuiltOn, activity: Activity): BaseImage {
  return {
    config: image.config.document,
    layers: image.layers,
    blob: (blob) => layers.blob(blob),
    async files() {
      await layers.bring(image.layers, activity);
      const indexes = await Promise.all(image.layers.map((layer) => layers.index(layer)));
      const byDiffID = new Map(image.layers.map((layer) => [layer.diffID, layer]));
      const open = (diffID: string) => {
        const layer = byDiffID.get(diffID);
        return layer && layers.open(layer);
      };
      return { indexes, open };
    },
  };
}

/** SOURCE_DATE_EPOCH, if it is among the build arguments, else LinuxKit's fixed time. Seconds since 1970. */
function sourceDate({ SOURCE_DATE_EPOCH: text = '' }: Readonly<Record<string, string>>): number {
  return /^\d{1,11}$/.test(text) ? Number(text) : DEFAULT_MTIME;
}
