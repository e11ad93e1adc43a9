import { createHash } from 'node:crypto';
import type { Content } from '@nx-linuxkit/tree';
import { readSlice, type Image } from '../image/image.js';
import { cut, leavesOf } from '../image/leaves.js';
import { alignUp } from '../image/units.js';
import { isZero } from '../image/zeros.js';
import { isOfZeros, KnownContents, ZEROS } from '../packing/known-contents.js';
import type { BlockOnDemand } from '../packing/pack-blocks.js';

/** A block of an image that holds data. */
export interface Block {
  readonly index: number;
  /** The whole block; bytes beyond the image's end are zeros. */
  readonly plain: Buffer | BlockOnDemand;
}

/** Blocks of the smallest content that is remembered: reading fewer takes no longer than looking them up. */
const WORTH_KNOWING = 8;

/**
 * Yields the blocks of `size` bytes that hold anything but zeros, in order. Holes of the image are not read, nor are the
 * blocks within a known content, unless they are loaded.
 */
export async function* dataBlocks(
  image: Image,
  size: number,
  known = new KnownContents(size),
): AsyncIterable<Block> {
  const reading = new BlockReader(size);
  for (const { offset, content } of leavesOf(image.extents)) {
    const [start, end] = [alignUp(offset, size), offset + content.size - ((offset + content.size) % size)];
    if (end - start < WORTH_KNOWING * size || !known.canKnow(content)) {
      yield* reading.read(offset, content);
      continue;
    }
    yield* reading.read(offset, cut(content, 0, start - offset));
    yield* reading.finish();
    yield* wholeBlocks(start / size, cut(content, start - offset, end - offset), size, known);
    yield* reading.read(end, cut(content, end - offset, content.size));
  }
  yield* reading.finish();
  await known.save();
}

/** Yields the blocks of a content of whole blocks, and notes what it has to read. `first` is the index of the first one. */
async function* wholeBlocks(
  first: number,
  content: Content,
  size: number,
  known: KnownContents,
): AsyncIterable<Block> {
  const facts = await known.find(content);
  if (facts) {
    for (const [i, digest] of facts.digests.entries()) {
      if (isOfZeros(digest)) continue;
      const load = () => readWhole(cut(content, i * size, (i + 1) * size));
      yield { index: first + i, plain: { digest, load } };
    }
    return;
  }
  const digests = new Array<Uint8Array>(content.size / size).fill(ZEROS);
  const reading = new BlockReader(size);
  for await (const { index, plain } of reading.all(first * size, content)) {
    const digest = createHash('sha256').update(plain).digest();
    digests[index - first] = digest;
    yield { index, plain: { digest, load: async () => plain } };
  }
  await known.add(content, { digests, crc32: 0 });
}

async function readWhole(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readSlice(content)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface ReadBlock extends Block {
  readonly plain: Buffer;
}

/** Cuts contents that follow each other into blocks; leaves out those of zeros. */
class BlockReader {
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
