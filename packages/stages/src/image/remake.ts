import type { ImageSource } from '@nx-linuxkit/oci';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import { shortImageName } from '../image-name.js';
import { buildArchive } from './built-archive.js';
import type { MadeInput, Recipe } from './recipe.js';

/**
 * Makes an image again, because the store has lost layers of it. The source's `close` removes what was made. Throws
 * StageError `not-reproduced` where the image is another one now: whatever was made of the first one would not fit.
 */
export async function remakeImage<Input extends MadeInput>(
  recipe: Recipe<Input>,
  input: Input,
  wanted: string,
  context: Context,
): Promise<ImageSource> {
  const { image } = input;
  context.log(`image ${image.id}: made again, because its layers are neither in the store nor in its output`);
  const { built, source, remove } = await context.progress.during(
    `image ${shortImageName(image)}`,
    (activity) => buildArchive(recipe, input, { ...context, activity }),
  );
  if (built.digest === wanted) return closing(source, remove);
  await remove();
  throw new StageError(
    'not-reproduced',
    `the image of ${image.source.folder} became ${built.digest} when it was made again, expected ${wanted}`,
    {
      where: { file: image.source.folder },
      hint:
        'Its layers are needed, and no store, registry or output has them any more. Remove .linuxkit and build with ' +
        '`--skip-nx-cache`: then all is made of the new image. Another version of Node may compress otherwise; ' +
        'the plugin option `packages.registry` keeps layers that no build repeats.',
    },
  );
}

/** The same source with another way to close it. */
function closing(source: ImageSource, close: () => Promise<void>): ImageSource {
  return {
    identify: () => source.identify(),
    resolve: (platform) => source.resolve(platform),
    manifest: (digest) => source.manifest(digest),
    blob: (descriptor, from) => source.blob(descriptor, from),
    close,
  };
}
