import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Writes a stream to a file; two chunks wait at most, whose size the source bounds. */
export async function writeFileFrom(
  path: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(path));
}
