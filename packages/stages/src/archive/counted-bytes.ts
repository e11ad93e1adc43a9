import { crc32 } from 'node:zlib';

/** Passes bytes on and counts them meanwhile. */
export class CountedBytes implements AsyncIterable<Uint8Array> {
  /** Bytes so far. */
  size = 0;
  /** CRC-32 of the bytes so far. */
  crc = 0;

  constructor(private readonly bytes: AsyncIterable<Uint8Array>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.bytes) {
      this.size += chunk.length;
      this.crc = crc32(chunk, this.crc);
      yield chunk;
    }
  }
}
