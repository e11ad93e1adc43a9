import { cleanPath, parentOf, readContent, writeTar, type Entry, type Tree } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import type { ImageParts } from './image-parts.js';

/** How many names an error lists. */
const LISTED = 10;

/**
 * Yields an image's files as a tar: what the layers give together, whiteouts applied. With `path` the bytes of that one
 * file, or a tar of what lies in that folder; symlinks are followed inside of the image.
 */
export async function* fileSystemTar(
  parts: ImageParts,
  path: string | undefined,
): AsyncGenerator<Uint8Array> {
  const tree = await parts.tree();
  if (path === undefined) return yield* writeTar(tree.entries());
  const found = tree.realpath(cleanPath(path));
  const inode = tree.get(found);
  if (found !== '' && inode === undefined) throw missing(parts.id, path, found, tree);
  if (found === '' || inode?.type === 'dir') return yield* writeTar(below(tree, found));
  if (inode?.type !== 'file') {
    throw new StageError(
      'unsupported',
      `${path} of ${parts.id} is a ${inode?.type}, expected a file or a folder`,
    );
  }
  if (inode.content) yield* readContent(inode.content);
}

function below(tree: Tree, folder: string): Entry[] {
  const prefix = folder === '' ? '' : `${folder}/`;
  return tree
    .entries()
    .filter(({ path }) => path.startsWith(prefix) && path !== '')
    .map(({ path, inode }) => ({ path: path.slice(prefix.length), inode }));
}

function missing(image: string, path: string, resolved: string, tree: Tree): StageError {
  let folder = parentOf(resolved);
  while (folder !== '' && tree.get(folder)?.type !== 'dir') folder = parentOf(folder);
  const names = tree.children(folder);
  const more = names.length > LISTED ? ' …' : '';
  return new StageError('missing-file', `${image} has no file ${path}`, {
    hint: `Its folder /${folder} has: ${names.slice(0, LISTED).join(', ') || 'nothing'}${more}`,
  });
}
