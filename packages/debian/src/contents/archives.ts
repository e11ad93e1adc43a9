import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { filterTree, fileSource, writeTar } from '@nx-linuxkit/tree';
import type { Tree } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { matcher } from './glob.js';
import { clampTimes, file } from './inodes.js';
import type { ArchiveSpec } from './model.js';

/** `archives`: moves files of the tree into a tar file in it. */
export async function packArchives(
  tree: Tree,
  specs: readonly ArchiveSpec[],
  scratch: string,
): Promise<void> {
  for (const [i, { path, from }] of specs.entries()) {
    const match = matcher(from);
    const packed = filterTree(tree, (entry) => match(entry.path));
    if (packed.size === 0)
      throw new DebianError('missing-file', `archives: nothing matches ${from.join(', ')}`);
    const temporary = join(scratch, `archive-${i}.tar`);
    await pipeline(
      Readable.from(writeTar(clampTimes(packed.entries())), { objectMode: false }),
      createWriteStream(temporary),
    );
    for (const entry of packed.entries()) if (match(entry.path)) tree.delete(entry.path);
    removeEmpty(tree, packed);
    const { size } = await stat(temporary);
    tree.set(path.slice(1), {
      ...file(''),
      content: { source: fileSource(temporary, { id: temporary, size }), offset: 0, size },
    });
  }
}

/** Directories that only what went into the archive had filled. */
function removeEmpty(tree: Tree, packed: Tree): void {
  for (const { path, inode } of packed.entries().reverse()) {
    if (inode.type === 'dir' && path !== '' && tree.get(path) && tree.children(path).length === 0)
      tree.delete(path);
  }
}
