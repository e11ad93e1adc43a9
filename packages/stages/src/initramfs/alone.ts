import { ancestorsOf, joinPath, type Tree } from '@nx-linuxkit/tree';
import type { PlacedImage } from '../segment/placed-image.js';

/**
 * Has an image a folder of the root to itself? Then its segment, which was made to unpack to just that, needs no
 * second look: no neighbour's archive, symlink or file reaches below its prefix, and the merged root holds there
 * the very inodes that the image brought. The folder's own metadata may be another's.
 */
export function isAlone(placed: PlacedImage, all: readonly PlacedImage[], root: Tree): boolean {
  const { prefix, tree } = placed;
  if (prefix === '') return false;
  if ([...ancestorsOf(prefix), prefix].some((path) => root.get(path)?.type !== 'dir')) return false;
  if (all.some((other) => other !== placed && other.tree.get(prefix) !== undefined)) return false;
  return haveSameChildren(tree, root, prefix);
}

function haveSameChildren(a: Tree, b: Tree, folder: string): boolean {
  const names = a.children(folder);
  if (names.length !== b.children(folder).length) return false;
  return names.every((name) => {
    const path = joinPath(folder, name);
    const inode = a.get(path);
    return inode === b.get(path) && (inode?.type !== 'dir' || haveSameChildren(a, b, path));
  });
}
