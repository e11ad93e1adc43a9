import type { Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { baseOf, comparePaths, joinPath, parentOf } from '../path.js';
import type { Tree } from '../tree.js';

/** Where the entries of an image come to lie. */
export interface Placement {
  /** Final names of each surviving inode that is no directory, sorted. */
  readonly names: ReadonlyMap<Inode, readonly string[]>;
  /** Final names of directories to the image's inode for each. */
  readonly directories: ReadonlyMap<string, Inode>;
}

/**
 * An entry survives where `into` has its very inode (a directory: any directory), symlinked parents followed:
 * that finds what a merge moved through a symlink, and drops what something else replaced.
 */
export function placeImage({ tree }: ImageTree, prefix: string, into: Tree | undefined): Placement {
  const names = new Map<Inode, string[]>();
  const directories = new Map<string, Inode>();
  const locate = into ? locator(into) : (path: string) => path;
  for (const { path, inode } of tree.entries()) {
    const written = joinPath(prefix, path);
    const place = locate(written, inode);
    if (place === undefined) continue;
    if (inode.type === 'dir') {
      // of two directories that became one, that under its own name says what it is
      if (!directories.has(place) || place === written) directories.set(place, inode);
    } else {
      const all = names.get(inode);
      if (all === undefined) names.set(inode, [place]);
      else if (!all.includes(place)) all.push(place);
    }
  }
  for (const all of names.values()) all.sort(comparePaths);
  return { names, directories };
}

/** Finds where an entry lies in a tree that it was merged into, if it still does. */
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
