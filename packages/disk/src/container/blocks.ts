import { createHash } from 'node:crypto';
import type { Content } from '@nx-linuxkit/tree';
import type { Image } from '../image/image.js';
import { cut, leavesOf } from '../image/leaves.js';
import { alignUp } from '../image/units.js';
import { isOfZeros, KnownContents, ZEROS } from '../packing/known-contents.js';
import type { BlockOnDemand } from '../packing/pack-blocks.js';
import { BlockReader } from './block-reader.js';
import { Windows } from './block-windows.js';

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
    const windows = new Windows(content, size);
    for (const [i, digest] of facts.digests.entries()) {
      if (!isOfZeros(digest)) yield { index: first + i, plain: { digest, load: () => windows.block(i) } };
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
