import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Content } from '@nx-linuxkit/tree';
import { writePieces } from './write-pieces.js';

/** Writes a stream to a file. At most two chunks are held, whose size the source bounds. */
export async function writeFileFrom(
  path: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(path));
}

/**
 * Writes contents, by path, as files of their own, side by side. Waits for all, so that none is still writing when it
 * throws.
 */
export async function writeContents(files: Readonly<Record<string, Content>>): Promise<void> {
  const written = await Promise.allSettled(
    Object.entries(files).map(([path, content]) => writeContent(path, content)),
  );
  for (const result of written) if (result.status === 'rejected') throw result.reason;
}

/** Writes a content as a file of its own. */
export async function writeContent(path: string, content: Content): Promise<void> {
  await writePieces(path, [content]);
}
