import { filterTree, writeTar } from '@nx-linuxkit/tree';
import type { Tree } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { matcher } from './glob.js';
import { clampTimes, file } from './inodes.js';
import type { ArchiveSpec } from './model.js';
import type { Scratch } from './scratch.js';

/** The key `archives`: moves files of the tree into a tar file in the tree. */
export async function packArchives(
  tree: Tree,
  specs: readonly ArchiveSpec[],
  scratch: Scratch,
): Promise<void> {
  for (const { path, from } of specs) {
    const match = matcher(from);
    const packed = filterTree(tree, (entry) => match(entry.path));
    if (packed.size === 0)
      throw new DebianError('missing-file', `archives: nothing matches ${from.join(', ')}`);
    const content = await scratch.keep(writeTar(clampTimes(packed.entries())));
    for (const entry of packed.entries()) if (match(entry.path)) tree.delete(entry.path);
    removeEmpty(tree, packed);
    tree.set(path.slice(1), { ...file(''), content });
  }
}

/** Removes the directories that are empty because all their files went into the archive. */
function removeEmpty(tree: Tree, packed: Tree): void {
  for (const { path, inode } of packed.entries().reverse()) {
    if (inode.type === 'dir' && path !== '' && tree.get(path) && tree.children(path).length === 0)
      tree.delete(path);
  }
}
