import { readSlice, type Image } from '../image/image.js';
import { isZero } from '../image/zeros.js';

export interface Block {
  readonly index: number;
  /** Always a whole block; what lies beyond the image's end is zeros. */
  readonly bytes: Buffer;
}

/** The blocks of an image that hold anything but zeros, in order. Holes are not read. */
export async function* dataBlocks(image: Image, size: number): AsyncIterable<Block> {
  let index = -1;
  let bytes: Buffer | undefined;
  for (const { offset, content } of image.extents) {
    let at = offset;
    for await (const chunk of readSlice(content)) {
      for (let done = 0; done < chunk.length;) {
        const current = Math.floor(at / size);
        if (at % size === 0 && chunk.length - done >= size) {
          // A whole block in one chunk, which is the reader's to keep: no copy.
          if (bytes && !isZero(bytes)) yield { index, bytes };
          bytes = undefined;
          const whole = Buffer.from(chunk.buffer, chunk.byteOffset + done, size);
          if (!isZero(whole)) yield { index: current, bytes: whole };
          done += size;
          at += size;
          continue;
        }
        if (current !== index || !bytes) {
          if (bytes && !isZero(bytes)) yield { index, bytes };
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
  if (bytes && !isZero(bytes)) yield { index, bytes };
}
