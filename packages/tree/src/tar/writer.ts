import { readContent, type Content } from '../content.js';
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
  options: TarOptions = {},
): AsyncGenerator<Uint8Array> {
  const output = new Output();
  for (const piece of tarPieces(entries, options)) {
    if (piece instanceof Uint8Array) output.push(piece);
    else {
      for await (const chunk of readContent(piece)) {
        output.push(chunk);
        if (output.full) yield* output.take();
      }
    }
    if (output.full) yield* output.take();
  }
  yield* output.take();
}

/** The same before anything is read: headers and padding as bytes, files as contents, in order. */
export function* tarPieces(
  entries: Iterable<Entry>,
  { origins = false }: TarOptions = {},
): Generator<Uint8Array | Content> {
  const firstNames = new Map<Inode, string>();
  for (const { path, inode } of entries) {
    const first = inode.type === 'dir' ? undefined : firstNames.get(inode);
    if (first === undefined) firstNames.set(inode, path);
    yield* encodeMember(path, inode, first, origins);
    if (first !== undefined || !inode.content) continue;
    yield inode.content;
    yield padding(inode.content.size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** Zeros up to the next block. */
function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}
