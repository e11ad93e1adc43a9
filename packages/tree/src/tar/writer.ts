import { readContent, type Content } from '../content.js';
import type { Entry, Inode } from '../inode.js';
import { ChunkBuffer } from '../chunk-buffer.js';
import { BLOCK, padToBlock } from './header.js';
import { encodeMember } from './encode.js';

/** How to write a tar. */
export interface TarOptions {
  /** Writes `inode.origin` as the PAX records LINUXKIT.source and LINUXKIT.location; false by default. */
  readonly origins?: boolean;
}

/**
 * Yields a tar of the entries in the order given, with PAX headers only where ustar has no room (POSIX.1-2024, pax).
 * The bytes depend on the entries alone. Further names of an inode become hard links to its first name.
 *
 * @throws TreeError `range` for a device number that tar cannot hold; whatever a content's source throws.
 */
export async function* writeTar(
  entries: Iterable<Entry>,
  options: TarOptions = {},
): AsyncGenerator<Uint8Array> {
  const output = new ChunkBuffer();
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

/** The same tar as a list of pieces, before any content is read: headers and padding as bytes, files as contents. */
export function* tarPieces(
  entries: Iterable<Entry>,
  { origins = false }: TarOptions = {},
): Generator<Uint8Array | Content> {
  // The entries are read twice, and a generator can be read once.
  const list = isIterator(entries) ? [...entries] : entries;
  const firstNames = new Map<Inode, string>();
  const linked = inodesOfSeveral(list);
  for (const { path, inode } of list) {
    const isLinked = linked.has(inode);
    const first = isLinked ? firstNames.get(inode) : undefined;
    if (isLinked && first === undefined) firstNames.set(inode, path);
    yield* encodeMember(path, inode, first, origins);
    if (first !== undefined || !inode.content) continue;
    yield inode.content;
    yield Buffer.alloc(padToBlock(inode.content.size) - inode.content.size);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** Inodes with several names. A path is remembered for these alone: trees have many files. */
function inodesOfSeveral(entries: Iterable<Entry>): Set<Inode> {
  const [seen, several] = [new Set<Inode>(), new Set<Inode>()];
  for (const { inode } of entries) {
    if (inode.type === 'dir') continue;
    if (seen.has(inode)) several.add(inode);
    else seen.add(inode);
  }
  return several;
}

/** Tells whether an iterable can be read once only, as a generator can. */
function isIterator(entries: Iterable<Entry>): boolean {
  return (entries[Symbol.iterator]() as unknown) === entries;
}
