import { readSlice, type Image } from '../image/image.js';
import { isZero } from '../image/zeros.js';

/** A block of an image that holds data. */
export interface Block {
  readonly index: number;
  /** The whole block; bytes beyond the image's end are zeros. */
  readonly plain: Buffer;
}

/** Yields the blocks of `size` bytes that hold anything but zeros, in order. Holes of the image are not read. */
export async function* dataBlocks(image: Image, size: number): AsyncIterable<Block> {
  let index = -1;
  let bytes: Buffer | undefined;
  for (const { offset, content } of image.extents) {
    let at = offset;
    for await (const chunk of readSlice(content)) {
      for (let done = 0; done < chunk.length;) {
        const current = Math.floor(at / size);
        if (at % size === 0 && chunk.length - done >= size) {
          // A whole block in one chunk is passed on without a copy, because `read` gives chunks away.
          if (bytes && !isZero(bytes)) yield { index, plain: bytes };
          bytes = undefined;
          const whole = Buffer.from(chunk.buffer, chunk.byteOffset + done, size);
          if (!isZero(whole)) yield { index: current, plain: whole };
          done += size;
          at += size;
          continue;
        }
        if (current !== index || !bytes) {
          if (bytes && !isZero(bytes)) yield { index, plain: bytes };
          bytes = Buffer.alloc(size);
          index = current;
        }
        const start = at - index * size;
        const count = Math.min(size - start, chunk.length - done);
        bytes.set(chunk.subarray(done, done + count), start);
        done += count;
        at += count;
      }
    }
  }
  if (bytes && !isZero(bytes)) yield { index, plain: bytes };
}
