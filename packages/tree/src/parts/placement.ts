import { IMPLIED_DIR, type Inode } from '../inode.js';
import type { ImageTree } from '../layer/image-tree.js';
import { comparePaths, joinPath, parentOf } from '../path.js';
import type { Tree } from '../tree.js';

/** The final paths of an image's entries. */
export interface Placement {
  /** The surviving inodes other than directories. */
  readonly files: PlacedInodes;
  /** The final path of each directory to the image's inode for it. */
  readonly directories: ReadonlyMap<string, Inode>;
  /** The final paths of directories that no layer defines and that are empty in the image, because of a whiteout. */
  readonly emptied: readonly string[];
}

/**
 * Inodes by number, in the order of their first names in the image. An image has many files, so each takes a few words of
 * memory here, and no path: its name is the tree's own string, and the files of a folder share the folder's path.
 */
export class PlacedInodes {
  readonly inodes: Inode[] = [];
  private readonly folders: string[] = [];
  private readonly names: string[] = [];
  /** The paths of inodes with several names, and the same sorted once they are asked for: one inode may have many names. */
  private readonly several = new Map<number, Set<string>>();
  private readonly sorted = new Map<number, readonly string[]>();

  /** Adds an inode with its first name, and returns its number. */
  add(inode: Inode, folder: string, name: string): number {
    this.folders.push(folder);
    this.names.push(name);
    return this.inodes.push(inode) - 1;
  }

  /** Adds a further name of an inode; one that it has already changes nothing. */
  addName(number: number, path: string): void {
    const paths = this.several.get(number) ?? new Set([this.firstOf(number)]);
    this.several.set(number, paths.add(path));
    this.sorted.delete(number);
  }

  /** The directories that the names of an inode lie in. */
  foldersOf(number: number): readonly string[] {
    return this.several.has(number) ? this.pathsOf(number).map(parentOf) : [this.folders[number]!];
  }

  /** The sorted paths of an inode. */
  pathsOf(number: number): readonly string[] {
    const paths = this.several.get(number);
    if (!paths) return [this.firstOf(number)];
    const sorted = this.sorted.get(number) ?? [...paths].sort(comparePaths);
    this.sorted.set(number, sorted);
    return sorted;
  }

  /** Compares two inodes by their first paths, for `sort`. */
  compare(a: number, b: number): number {
    if (this.several.size === 0 && this.folders[a] === this.folders[b])
      return comparePaths(this.names[a]!, this.names[b]!);
    return comparePaths(this.pathsOf(a)[0]!, this.pathsOf(b)[0]!);
  }

  private firstOf(number: number): string {
    return joinPath(this.folders[number]!, this.names[number]!);
  }
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
  const files = new PlacedInodes();
  const numbers = new Map<Inode, number>();
  const directories = new Map<string, Inode>();
  const emptied: string[] = [];
  const folderAt = folders(prefix, into);
  for (const { folder, name, inode } of tree.places()) {
    if (without.has(inode)) continue;
    if (inode.type === 'dir') {
      const path = joinPath(folder, name);
      const written = joinPath(prefix, path);
      const place = into ? into.leadsTo(written) : written;
      if (place === undefined) continue;
      // If two directories became one, the metadata of the one at its own path count.
      if (!directories.has(place) || place === written) directories.set(place, inode);
      if (inode === IMPLIED_DIR && path !== '' && tree.children(path).length === 0) emptied.push(place);
      continue;
    }
    const parent = folderAt(folder);
    if (parent === undefined || (into && into.getIn(parent, name) !== inode)) continue;
    const known = numbers.get(inode);
    if (known === undefined) numbers.set(inode, files.add(inode, parent, name));
    else files.addName(known, joinPath(parent, name));
  }
  return { files, directories, emptied };
}

/** Returns a function that finds where a directory of an image leads to in `into`; undefined where that is no directory. */
function folders(prefix: string, into: Tree | undefined): (folder: string) => string | undefined {
  const found = new Map<string, string | undefined>();
  return (folder) => {
    if (!found.has(folder)) {
      const written = joinPath(prefix, folder);
      found.set(folder, into ? into.leadsTo(written) : written);
    }
    return found.get(folder);
  };
}
