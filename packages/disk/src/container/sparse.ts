import { dataRuns } from '@nx-linuxkit/deflate';
import type { Content, GatherWriter } from '@nx-linuxkit/tree';
import { imageOf, lendSlice, type Image } from '../image/image.js';

/** Bytes from which all blocks of a content with `copy` count as data; smaller contents are searched for zeros. */
const LARGE = 1 << 20;

/** How a format lays out the blocks of an image. */
export interface BlockLayout {
  /** Bytes of a block. */
  readonly blockSize: number;
  /**
   * Returns the byte of the file that the block gets. It is called once for each block that holds data, in rising
   * order, and must return rising offsets.
   */
  allocate(index: number): number;
  /** Bytes to write right before each block. */
  readonly lead?: Uint8Array;
}

/** Writes an image at byte `base` of the output; blocks of zeros become holes. */
export async function writeImage(output: GatherWriter, { extents }: Image, base = 0): Promise<void> {
  for (const { offset, content } of extents) {
    const { source, offset: start, size } = content;
    const inner = imageOf(content);
    if (inner) await writeImage(output, inner, base + offset);
    else if (source.copy) await source.copy(start, start + size, output, base + offset);
    else {
      let at = base + offset;
      for await (const chunk of lendSlice(content)) {
        await output.bytes(chunk, at);
        at += chunk.length;
      }
    }
  }
}

/**
 * Writes the blocks of an image that hold data. Every block of a large content with `copy` counts as data; zeros in it
 * become holes of the file, but the format has the block.
 */
export async function writeBlocks(output: GatherWriter, image: Image, layout: BlockLayout): Promise<void> {
  const blocks = new Blocks(output, layout);
  for (const { offset, content } of image.extents) {
    if (content.size >= LARGE && content.source.copy) await copyItself(output, offset, content, blocks);
    else await writeData(output, offset, content, blocks);
  }
}

/** Allocates each block when its first byte is located. */
class Blocks {
  #current = -1;
  #base = 0;

  constructor(
    private readonly output: GatherWriter,
    private readonly layout: BlockLayout,
  ) {}

  /** Whether locating byte `at` of the image will write a block's `lead`. */
  leads(at: number): boolean {
    return this.layout.lead !== undefined && this.#indexOf(at) !== this.#current;
  }

  /** The byte of the output that byte `at` of the image gets. */
  async locate(at: number): Promise<number> {
    const { lead, blockSize } = this.layout;
    const index = this.#indexOf(at);
    if (index !== this.#current) {
      this.#current = index;
      this.#base = this.layout.allocate(index);
      if (lead) await this.output.bytes(lead, this.#base - lead.length);
    }
    return this.#base + at - index * blockSize;
  }

  /** The number of bytes from byte `at` of the image to the end of its block. */
  left(at: number): number {
    return this.layout.blockSize - (at % this.layout.blockSize);
  }

  #indexOf(at: number): number {
    return Math.floor(at / this.layout.blockSize);
  }
}

async function writeData(
  output: GatherWriter,
  offset: number,
  content: Content,
  blocks: Blocks,
): Promise<void> {
  let at = offset;
  for await (const chunk of lendSlice(content)) {
    for (let done = 0; done < chunk.length;) {
      // Chunks are cut at block borders first, so that it does not depend on them which blocks hold data.
      const part = chunk.subarray(done, done + blocks.left(at));
      for (const [from, to] of dataRuns(part)) {
        await output.bytes(part.subarray(from, to), (await blocks.locate(at)) + from);
      }
      done += part.length;
      at += part.length;
    }
  }
}

/** Copies a content by its own `copy`; blocks that lie next to each other in the output are copied as one run. */
async function copyItself(
  output: GatherWriter,
  offset: number,
  { source, offset: start, size }: Content,
  blocks: Blocks,
): Promise<void> {
  let run = { from: 0, length: 0, position: 0 };
  const copyRun = async (): Promise<void> => {
    const from = start + run.from;
    if (run.length > 0) await source.copy!(from, from + run.length, output, run.position);
    run.length = 0;
  };
  for (let from = 0; from < size;) {
    if (blocks.leads(offset + from)) await copyRun();
    const position = await blocks.locate(offset + from);
    if (run.position + run.length !== position) await copyRun();
    if (run.length === 0) run = { from, length: 0, position };
    const length = Math.min(blocks.left(offset + from), size - from);
    run.length += length;
    from += length;
  }
  await copyRun();
}
