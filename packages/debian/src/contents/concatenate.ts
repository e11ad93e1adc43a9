import type { Tree } from '@nx-linuxkit/tree';
import { readContent } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { matcher } from './glob.js';
import { file } from './inodes.js';
import type { Concatenation } from './model.js';

/**
 * The key `concatenate`: joins files into one. It is meant for configuration and certificates, so that the result is
 * held in memory.
 */
export async function concatenate(tree: Tree, specs: readonly Concatenation[]): Promise<void> {
  for (const { path, from, keep } of specs) {
    const match = matcher(from);
    const parts = tree.entries().filter((entry) => entry.inode.type === 'file' && match(entry.path));
    if (parts.length === 0)
      throw new DebianError('missing-file', `concatenate: nothing matches ${from.join(', ')}`);
    const chunks: Uint8Array[] = [];
    for (const { inode } of parts) {
      if (inode.content) for await (const chunk of readContent(inode.content)) chunks.push(chunk);
    }
    if (!keep) for (const part of parts) tree.delete(part.path);
    tree.set(path.slice(1), file(Buffer.concat(chunks)));
  }
}
