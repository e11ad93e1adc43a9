import { Tree } from '@nx-linuxkit/tree';
import { depmod } from '../depmod/depmod.js';
import type { LockedArchitecture } from '../lock/lock.js';
import { excludedPaths, wantedFiles } from '../lock/selection.js';
import { addAccounts } from './accounts.js';
import { addApplets } from './applets.js';
import { concatenate } from './concatenate.js';
import { addFiles } from './files.js';
import { matcher } from './glob.js';
import { file, symlink } from './inodes.js';
import type { Contents } from './model.js';
import { setOwners } from './owners.js';
import type { Owned, PackageSet } from './package-set.js';
import { selectFiles } from './select.js';

/**
 * Makes the tree that `contents` describes from unpacked packages. Each step is one key of build.yml; `archives`, which hides files from
 * those that look for them, comes later. `folder` has the build.yml and the sources that it names.
 */
export async function buildTree(
  contents: Contents,
  set: PackageSet,
  locked: LockedArchitecture,
  folder: string,
): Promise<Tree> {
  const tree = await pickFiles(contents, set, locked);
  await addFiles(tree, contents, set, folder);
  if (contents.depmod) for (const [path, text] of await depmod(tree)) tree.set(path, file(text));
  await concatenate(tree, contents.concatenate);
  for (const [path, target] of Object.entries(contents.links)) tree.set(path.slice(1), symlink(target));
  if (contents.applets) await addApplets(tree, contents.applets, folder);
  addAccounts(tree, contents);
  setOwners(tree, contents);
  return tree;
}

/** Picks all files of whole packages, and the selected files of the others. Parent directories keep their modes. */
async function pickFiles(contents: Contents, set: PackageSet, locked: LockedArchitecture): Promise<Tree> {
  const selected = await selectFiles(set, wantedFiles({ ...contents, files: [] }));
  const excluded = matcher(excludedPaths(contents));
  const isWhole = (owned: Owned): boolean => locked.packages[owned.package]?.whole === true;
  const directories = set.directories.filter((owned) => isWhole(owned));
  const files = set.files.filter((owned) => isWhole(owned) || selected.has(owned.path));
  const tree = new Tree();
  for (const { path } of [...directories, ...files]) {
    if (excluded(path)) continue;
    keepParents(tree, set.tree, path);
    tree.set(path, set.tree.get(path)!);
  }
  return tree;
}

function keepParents(tree: Tree, from: Tree, path: string): void {
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const parent = path.slice(0, slash);
    const inode = from.get(parent);
    if (inode?.type === 'dir') tree.set(parent, inode);
  }
}
