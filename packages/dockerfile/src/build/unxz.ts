import { Readable } from 'node:stream';
import { XzReadableStream } from 'xz-decompress';
import { DockerfileError } from '../error.js';

/** Decompresses xz, a chunk at a time. Throws DockerfileError `bad-context` for bytes that are damaged. */
export async function* unxz(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // TypeScript has two types for a web stream, Node's and the DOM's, which do not fit each other.
  const stream = Readable.toWeb(
    Readable.from(bytes, { objectMode: false }),
  ) as unknown as ReadableStream<Uint8Array>;
  const opened = new XzReadableStream(stream) as unknown as AsyncIterable<Uint8Array>;
  try {
    // The decoder returns views of one buffer, which it fills again.
    for await (const chunk of opened) yield chunk.slice();
  } catch (cause) {
    throw new DockerfileError('bad-context', `an archive is no valid xz: ${(cause as Error).message}`, {
      hint: 'Compress it again, or COPY it if it is to stay as it is.',
      cause,
    });
  }
}
