import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf, parsePlatform, type Digest } from '@nx-linuxkit/oci';
import type { Context } from '../context.js';
import { bytes } from '../format-quantity.js';
import { shortImageName } from '../image-name.js';
import { parseOciImage, type OciImage } from '../layers/oci-image.js';
import type { ImageLayers } from '../layers/layers.js';
import type { ImageNode } from '../plan/image-node.js';
import { CHUNK, readSealed, type SealedFile } from '../seal.js';
import type { SealedOutput, Stage } from '../stage.js';
import { withBuiltArchive } from './built-archive.js';
import { noteMadeLayers } from './made-layers.js';
import { PACKAGES, packageList } from './package-files.js';
import type { MadeInput, Recipe } from './recipe.js';

/** What the seal says beside the key. */
export interface Facts {
  readonly digest: Digest;
  readonly builder?: string;
}

/** The names of an image's documents in the output. */
export const MANIFEST = 'manifest.json';
export const CONFIG = 'config.json';
/** The name of the archive in the output of an image that cannot be made again byte for byte. */
export const IMAGE_ARCHIVE = 'image.tar';

/**
 * The stage that makes the image of a package. Its manifest and config become the output, with a list of which file is of which Debian
 * package, and its layers go to the store.
 * They are no output where they can be fetched or made again: segments and formats hold their contents, and a remote cache
 * would hold them twice.
 */
export function imageStage<Input extends MadeInput>(recipe: Recipe<Input>): Stage<Input, Facts, OciImage> {
  return {
    name: 'image',
    subject: ({ image }) => shortImageName(image),
    folder: ({ image }) => imageFolder(image),
    key: (input, context) => recipe.key(input, context),
    open: ({ image }, output, context) => openMadeImage(image, output, context),

    async make(input, out, context) {
      return withBuiltArchive(recipe, input, context, async ({ built, source, archive }) => {
        const { image: node } = input;
        const { manifest, config } = await source.resolve(parsePlatform(node.platform));
        const image = parseOciImage(built.digest, manifest, config, node.id);
        await out.write(MANIFEST, manifest);
        await out.write(CONFIG, config);
        const list = packageList(built.packages);
        if (list !== undefined) await out.write(PACKAGES, list);
        const layers = input.layersFrom(async () => source);
        const own = await storeLayers(image, input, layers);
        const isPublished = await input.publish({ image, manifest, layers });
        if (!built.isRepeatable && !isPublished)
          await out.stream(IMAGE_ARCHIVE, createReadStream(archive, { highWaterMark: CHUNK }));
        else if (built.debs?.length)
          await noteMadeLayers(context.store, built.digest, { layers: own, debs: built.debs });
        const { digest, builder, origin } = built;
        const from = origin === undefined ? '' : `, ${origin}`;
        return {
          facts: { digest, ...(builder !== undefined && { builder }) },
          result: () => image,
          summary: `${node.source.dockerfile ? node.id : node.source.folder}: ${digest.slice(7, 19)}, ${bytes(built.size)}${from}`,
        };
      });
    },
  };
}

/** The folder of the stage's output, relative to the folder of the outputs. */
export function imageFolder({ root }: Pick<ImageNode, 'root'>): string {
  return `${root}/image`;
}

/** Puts the layers that the images below do not have into the store, which verifies them; gives their digests. */
async function storeLayers(
  image: OciImage,
  { bases }: Pick<MadeInput, 'bases'>,
  layers: ImageLayers,
): Promise<Digest[]> {
  const below = new Set(bases.flatMap(({ image: { layers } }) => layers.map(({ blob }) => blob.digest)));
  const own = image.layers.map(({ blob }) => blob).filter(({ digest }) => !below.has(digest));
  for (const blob of own) await layers.blob(blob);
  return own.map(({ digest }) => digest);
}

/** Undefined where a file of the output is damaged. The digest binds the manifest, and that the config and the layers. */
async function openMadeImage(
  node: ImageNode,
  { folder, seal }: SealedOutput<Facts>,
  { verified }: Context,
): Promise<OciImage | undefined> {
  const [manifest, config] = await Promise.all(
    [MANIFEST, CONFIG].map((name) => readSealed(folder, seal, name)),
  );
  if (!manifest || !config || digestOf(manifest) !== seal.facts.digest) return undefined;
  const kept = seal.files[IMAGE_ARCHIVE];
  if (kept && !(await isIntact(join(folder, IMAGE_ARCHIVE), kept, verified))) return undefined;
  const image = parseOciImage(seal.facts.digest, manifest, config, node.id);
  return digestOf(config) === image.manifest.config.digest ? image : undefined;
}

async function isIntact(path: string, sealed: SealedFile, verified: Context['verified']): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  try {
    return file !== undefined && (await verified.holds(file, sealed));
  } finally {
    await file?.close();
  }
}
