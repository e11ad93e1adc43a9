import { readContent } from '../content.js';
import type { Entry, Inode } from '../inode.js';
import { Output } from '../output.js';
import { BLOCK } from './header.js';
import { encodeMember } from './encode.js';

export interface TarOptions {
  /** Write inode.origin as the PAX records LINUXKIT.source and LINUXKIT.location. */
  readonly origins?: boolean;
}

/**
 * A deterministic tar: entries in the order given, PAX records only where ustar has no room. The second name of
 * an inode becomes a hard link to its first.
 */
export async function* writeTar(
  entries: Iterable<Entry>,
  { origins = false }: TarOptions = {},
): AsyncGenerator<Uint8Array> {
  const output = new Output();
  const firstNames = new Map<Inode, string>();
  for (const { path, inode } of entries) {
    const first = inode.type === 'dir' ? undefined : firstNames.get(inode);
    if (first === undefined) firstNames.set(inode, path);
    for (const block of encodeMember(path, inode, first, origins)) output.push(block);
    if (first === undefined && inode.content) {
      for await (const chunk of readContent(inode.content)) {
        output.push(chunk);
        if (output.full) yield* output.take();
      }
      output.push(padding(inode.content.size));
    }
    if (output.full) yield* output.take();
  }
  output.push(Buffer.alloc(2 * BLOCK));
  yield* output.take();
}

/** Zeros up to the next block. */
function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
