import type { Content } from '@nx-linuxkit/tree';
import { readSlice } from '../image/image.js';
import { isZero } from '../image/zeros.js';

/** A block that holds data. */
export interface ReadBlock {
  readonly index: number;
  /** The whole block; bytes beyond the image's end are zeros. */
  readonly plain: Buffer;
}

/** Cuts contents that follow each other into blocks; leaves out those of zeros. */
export class BlockReader {
  private index = -1;
  private bytes: Buffer | undefined;

  constructor(private readonly size: number) {}

  /** Yields the blocks that are complete. */
  async *read(offset: number, content: Content): AsyncGenerator<ReadBlock> {
    const { size } = this;
    let at = offset;
    for await (const chunk of readSlice(content)) {
      for (let done = 0; done < chunk.length;) {
        const current = Math.floor(at / size);
        if (at % size === 0 && chunk.length - done >= size) {
          // A whole block in one chunk is passed on without a copy, because `read` gives chunks away.
          yield* this.finish();
          const whole = Buffer.from(chunk.buffer, chunk.byteOffset + done, size);
          if (!isZero(whole)) yield { index: current, plain: whole };
          done += size;
          at += size;
          continue;
        }
        if (current !== this.index || !this.bytes) {
          yield* this.finish();
          this.bytes = Buffer.alloc(size);
          this.index = current;
        }
        const start = at - this.index * size;
        const count = Math.min(size - start, chunk.length - done);
        this.bytes.set(chunk.subarray(done, done + count), start);
        done += count;
        at += count;
      }
    }
  }

  /** Yields the open block: what follows belongs to another one. */
  *finish(): Generator<ReadBlock> {
    const { index, bytes } = this;
    this.bytes = undefined;
    if (bytes && !isZero(bytes)) yield { index, plain: bytes };
  }

  async *all(offset: number, content: Content): AsyncGenerator<ReadBlock> {
    yield* this.read(offset, content);
    yield* this.finish();
  }
}
