import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { lendContent, type Content } from '@nx-linuxkit/tree';

/** Writes a stream to a file; two chunks wait at most, whose size the source bounds. */
export async function writeFileFrom(
  path: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(path));
}

/** A content as a file of its own: each chunk is written before the next one is asked for, as it is lent. */
export async function writeContent(path: string, content: Content): Promise<void> {
  const file = await open(path, 'w');
  try {
    for await (const chunk of lendContent(content)) {
      for (let done = 0; done < chunk.length;) done += (await file.write(chunk, done)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}
