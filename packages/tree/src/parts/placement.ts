import { IMPLIED_DIR, type Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { baseOf, comparePaths, joinPath, parentOf } from '../path.js';
import type { Tree } from '../tree.js';

/** The final paths of an image's entries. */
export interface Placement {
  /** The sorted final paths of each surviving inode other than a directory. */
  readonly names: ReadonlyMap<Inode, readonly string[]>;
  /** The final path of each directory to the image's inode for it. */
  readonly directories: ReadonlyMap<string, Inode>;
  /** The final paths of directories that no layer defines and that are empty in the image, because of a whiteout. */
  readonly emptied: readonly string[];
}

/**
 * Finds the entries of an image in the tree `into` that the image was merged into. An entry survives if `into` has the
 * identical inode at its path, or, for a directory, any directory. Symlinked parents are followed, so that entries
 * which the merge moved through a symlink are found. Without `into`, all entries survive, except the inodes in
 * `without`.
 */
export function placeImage(
  { tree }: ImageTree,
  prefix: string,
  into: Tree | undefined,
  without: ReadonlySet<Inode> = new Set(),
): Placement {
  const names = new Map<Inode, string[]>();
  const directories = new Map<string, Inode>();
  const emptied: string[] = [];
  const locate = into ? locator(into) : (path: string) => path;
  for (const { path, inode } of tree.entries()) {
    if (without.has(inode)) continue;
    const written = joinPath(prefix, path);
    const place = locate(written, inode);
    if (place === undefined) continue;
    if (inode.type === 'dir') {
      // If two directories became one, the metadata of the one at its own path count.
      if (!directories.has(place) || place === written) directories.set(place, inode);
      if (inode === IMPLIED_DIR && path !== '' && tree.children(path).length === 0) emptied.push(place);
    } else {
      const all = names.get(inode);
      if (all === undefined) names.set(inode, [place]);
      else if (!all.includes(place)) all.push(place);
    }
  }
  for (const all of names.values()) all.sort(comparePaths);
  return { names, directories, emptied };
}

/** Returns a function that finds an entry's final path in `into`, or undefined if the entry was replaced. */
function locator(into: Tree): (path: string, inode: Inode) => string | undefined {
  const parents = new Map<string, string | undefined>();
  return (path, inode) => {
    if (inode.type === 'dir') return into.leadsTo(path);
    const written = parentOf(path);
    if (!parents.has(written)) parents.set(written, into.leadsTo(written));
    const parent = parents.get(written);
    const place = parent === undefined ? undefined : joinPath(parent, baseOf(path));
    return place !== undefined && into.get(place) === inode ? place : undefined;
  };
}
