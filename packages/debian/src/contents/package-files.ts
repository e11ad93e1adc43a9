import type { Content, Tree } from '@nx-linuxkit/tree';
import type { PackageSet } from './package-set.js';

/** A Debian package, and the files that an image has of it. */
export interface PackageFiles {
  readonly name: string;
  readonly version: string;
  /** Sorted paths without a leading slash. */
  readonly files: readonly string[];
}

/**
 * Lists which files of an image come from which package, sorted by name. A file is known by its bytes: it counts under another name
 * too, and a file that build.yml puts in its place does not. Files without bytes are left out. `versions` has the version of each
 * package.
 */
export function packageFiles(
  tree: Tree,
  set: PackageSet,
  versions: ReadonlyMap<string, string>,
): PackageFiles[] {
  const owners = new Map<Content, string>();
  for (const { path, package: name } of set.files) {
    const content = set.tree.get(path)?.content;
    if (content) owners.set(content, name);
  }
  const files = new Map<string, string[]>();
  for (const { path, inode } of tree.entries()) {
    const owner = inode.content && owners.get(inode.content);
    if (owner === undefined) continue;
    const known = files.get(owner);
    if (known) known.push(path);
    else files.set(owner, [path]);
  }
  return [...files]
    .map(([name, paths]) => ({ name, version: versions.get(name) ?? '', files: paths.sort() }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
