import type { Tree } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { idOf } from './accounts.js';
import { matcher } from './glob.js';
import type { Contents } from './model.js';

/** The key `owners`: sets ids and modes of the files that globs match, in the order of the list. */
export function setOwners(tree: Tree, { owners, users, groups }: Contents): void {
  for (const { path: glob, mode, uid, gid } of owners) {
    const match = matcher([glob]);
    const entries = tree.entries().filter(({ path }) => match(path));
    if (entries.length === 0) throw new DebianError('missing-file', `owners: nothing matches ${glob}`);
    for (const { path, inode } of entries) {
      tree.set(path, {
        ...inode,
        mode: mode === undefined || inode.type === 'symlink' ? inode.mode : parseInt(mode, 8),
        uid: uid === undefined ? inode.uid : idOf(uid, users, 'uid'),
        gid: gid === undefined ? inode.gid : idOf(gid, groups, 'gid'),
      });
    }
  }
}
