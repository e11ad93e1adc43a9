import { Readable } from 'node:stream';
import type { Content } from '@nx-linuxkit/tree';
import { XzReadableStream } from 'xz-decompress';
import { decodeX86 } from './bcj-x86.js';
import { KernelPayloadError } from './payload-error.js';
import { readBytes } from './read-bytes.js';
import { withoutX86 } from './xz-filters.js';

/**
 * Decodes an .xz. The decoder knows no filter for machine code, with which Linux for x86 compresses itself: that is
 * undone here.
 */
export async function* decompressXz(payload: Content): AsyncGenerator<Uint8Array> {
  const header = await readBytes(payload, 0, 64);
  const stripped = await withoutX86(payload, header);
  if (stripped) yield* decodeX86(decode(stripped));
  else yield* decode(payload.source.read(payload.offset, payload.offset + payload.size));
}

async function* decode(xz: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const input = Readable.toWeb(Readable.from(xz, { objectMode: false })) as ReadableStream<Uint8Array>;
  const chunks = new XzReadableStream(input) as unknown as AsyncIterable<Uint8Array>;
  try {
    // The decoder yields views of one buffer, which it fills again.
    for await (const chunk of chunks) yield chunk.slice();
  } catch (cause) {
    throw new KernelPayloadError((cause as Error).message, cause);
  }
}
