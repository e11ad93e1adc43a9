import { dataRuns } from '@nx-linuxkit/deflate';
import type { GatherWriter, Content } from '@nx-linuxkit/tree';
import { imageOf, lendSlice, type Image } from '../image/image.js';

/** From here on all blocks of a content that can copy itself are taken for data; smaller ones are looked at. */
const LARGE = 1 << 20;

/** Where the blocks of an image go. */
export interface Placement {
  /** bytes */
  readonly blockSize: number;
  /** Asked in rising order, once for each block that holds anything: further back with each. */
  place(index: number): number;
  /** What each begins with in the file, right before its place. */
  readonly lead?: Uint8Array;
}

/** Writes an image to where it lies; blocks of zeros are holes. */
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
 * Writes what is not zero of an image cut into blocks. Of a large content that can copy itself every block counts as
 * holding something: what is zero in it is a hole in the file, not in the format.
 */
export async function writeBlocks(output: GatherWriter, image: Image, placement: Placement): Promise<void> {
  const blocks = new Blocks(output, placement);
  for (const { offset, content } of image.extents) {
    if (content.size >= LARGE && content.source.copy) await copyItself(output, offset, content, blocks);
    else await writeData(output, offset, content, blocks);
  }
}

/** Where blocks go, each asked for once. */
class Blocks {
  #current = -1;
  #base = 0;

  constructor(
    private readonly output: GatherWriter,
    private readonly placement: Placement,
  ) {}

  /** Whether bytes of the output come before byte `at` of the image that are not the image's. */
  leads(at: number): boolean {
    return this.placement.lead !== undefined && this.#indexOf(at) !== this.#current;
  }

  /** Where byte `at` of the image goes. */
  async locate(at: number): Promise<number> {
    const { lead, blockSize } = this.placement;
    const index = this.#indexOf(at);
    if (index !== this.#current) {
      this.#current = index;
      this.#base = this.placement.place(index);
      if (lead) await this.output.bytes(lead, this.#base - lead.length);
    }
    return this.#base + at - index * blockSize;
  }

  /** How many bytes from there lie in the same block. */
  left(at: number): number {
    return this.placement.blockSize - (at % this.placement.blockSize);
  }

  #indexOf(at: number): number {
    return Math.floor(at / this.placement.blockSize);
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
      // Cut first: else whether a block holds anything would depend on the chunks.
      const part = chunk.subarray(done, done + blocks.left(at));
      for (const [from, to] of dataRuns(part)) {
        await output.bytes(part.subarray(from, to), (await blocks.locate(at)) + from);
      }
      done += part.length;
      at += part.length;
    }
  }
}

/** Blocks that go to one place after the other are copied as one run. */
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
