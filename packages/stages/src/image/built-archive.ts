import { rm } from 'node:fs/promises';
import { openImageSource, type ImageSource } from '@nx-linuxkit/oci';
import type { MakingContext } from '../context.js';
import type { Built, MadeInput, Recipe } from './recipe.js';

/** An image in an archive of its own. */
export interface BuiltArchive {
  readonly built: Built;
  /** Absolute path. */
  readonly archive: string;
  readonly source: ImageSource;
}

/** Builds an image into a temporary archive, which is removed once `use` has ended. */
export async function withBuiltArchive<Input extends MadeInput, T>(
  recipe: Pick<Recipe<Input>, 'build'>,
  input: Input,
  context: MakingContext,
  use: (built: BuiltArchive) => Promise<T>,
): Promise<T> {
  const { built, archive, source, remove } = await buildArchive(recipe, input, context);
  try {
    return await use({ built, archive, source });
  } finally {
    await remove();
  }
}

/** The same for a caller that removes the archive itself. */
export async function buildArchive<Input extends MadeInput>(
  recipe: Pick<Recipe<Input>, 'build'>,
  input: Input,
  context: MakingContext,
): Promise<BuiltArchive & { remove(): Promise<void> }> {
  const archive = await context.store.temp();
  try {
    const built = await recipe.build(input, archive, context);
    const source = await openArchive(archive);
    const remove = async () => {
      await source.close();
      await rm(archive, { force: true });
    };
    return { built, archive, source, remove };
  } catch (error) {
    await rm(archive, { force: true });
    throw error;
  }
}

/** Opens the archive at an absolute path, in which any character may stand. */
export function openArchive(path: string): Promise<ImageSource> {
  return openImageSource({ transport: 'oci-archive', text: `oci-archive:${path}`, path });
}
