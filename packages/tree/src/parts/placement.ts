import type { Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { joinPath, parentOf, baseOf } from '../path.js';
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
  const parents = new Map<string, string>();
  const locate = (path: string): string => {
    const plain = joinPath(prefix, path);
    if (!into || plain === '') return plain;
    const written = parentOf(plain);
    let parent = parents.get(written);
    if (parent === undefined) parents.set(written, (parent = into.realpath(written)));
    return joinPath(parent, baseOf(plain));
  };
  for (const { path, inode } of tree.entries()) {
    let place = locate(path);
    if (inode.type === 'dir') {
      if (into) place = into.realpath(place);
      if (into && into.get(place)?.type !== 'dir') continue;
      // of two directories that became one, that under its own name says what it is
      if (!directories.has(place) || place === joinPath(prefix, path)) directories.set(place, inode);
    } else if (!into || into.get(place) === inode) {
      const all = names.get(inode);
      if (all === undefined) names.set(inode, [place]);
      else if (!all.includes(place)) all.push(place);
    }
  }
  for (const all of names.values()) all.sort();
  return { names, directories };
}
