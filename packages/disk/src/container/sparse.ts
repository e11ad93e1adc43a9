import type { FileHandle } from 'node:fs/promises';
import { dataRuns } from '@nx-linuxkit/deflate';
import { Copies, type Content } from '@nx-linuxkit/tree';
import { lendSlice, readSlice, type Image } from '../image/image.js';
import { BatchWriter } from './file.js';

/** What file systems allocate at least; a smaller run of zeros makes no hole. */
const HOLE = 4096;
/** From here on a content is borrowed chunk by chunk; smaller ones are gathered to large writes. */
const BORROWED = 1 << 20;

/**
 * Writes what is not zero of an image cut into blocks. `place` is asked in rising order, once for each block that
 * holds anything, where it goes: further back with each. Of a large content that can write itself every block counts
 * as holding something: what is zero in it is a hole in the file, not in the format.
 */
export async function writeBlocks(
  output: SparseWriter,
  image: Image,
  size: number,
  place: (index: number) => number | Promise<number>,
): Promise<void> {
  const blocks = new Blocks(size, place);
  const copies = new Copies();
  try {
    for (const { offset, content } of image.extents) {
      if (content.size >= BORROWED && content.source.copy)
        await copyItself(output, copies, offset, content, blocks);
      else await writeData(output, offset, content, blocks);
    }
  } finally {
    await copies.settle();
  }
  copies.check();
  await output.flush();
}

/** Where blocks go, each asked for once. */
class Blocks {
  private current = -1;
  private base = 0;

  constructor(
    private readonly size: number,
    private readonly place: (index: number) => number | Promise<number>,
  ) {}

  /** Of byte `at` of the image; and how many bytes from there lie in the same block. */
  async locate(at: number): Promise<{ position: number; left: number }> {
    const index = Math.floor(at / this.size);
    if (index !== this.current) {
      this.current = index;
      this.base = await this.place(index);
    }
    const start = at - index * this.size;
    return { position: this.base + start, left: this.size - start };
  }

  left(at: number): number {
    return this.size - (at % this.size);
  }
}

async function writeData(
  output: SparseWriter,
  offset: number,
  content: Content,
  blocks: Blocks,
): Promise<void> {
  let at = offset;
  const borrowed = content.size >= BORROWED;
  for await (const chunk of borrowed ? lendSlice(content) : readSlice(content)) {
    for (let done = 0; done < chunk.length;) {
      // Cut first: else whether a block holds anything would depend on the chunks.
      const part = chunk.subarray(done, done + blocks.left(at));
      for (const [from, to] of dataRuns(part)) {
        const { position } = await blocks.locate(at);
        await output.write(part.subarray(from, to), position + from);
      }
      done += part.length;
      at += part.length;
    }
    if (borrowed) await output.flush();
  }
}

/** Blocks that go to one place after the other are one run, which is copied while the next ones are looked for. */
async function copyItself(
  output: SparseWriter,
  copies: Copies,
  offset: number,
  { source, offset: start, size }: Content,
  blocks: Blocks,
): Promise<void> {
  let run: { from: number; length: number; position: number } | undefined;
  const copy = async ({ from, length, position }: NonNullable<typeof run>): Promise<void> =>
    copies.add(() => source.copy!(start + from, start + from + length, output.file, position));
  for (let from = 0; from < size;) {
    const { position, left } = await blocks.locate(offset + from);
    const length = Math.min(left, size - from);
    if (run && run.position + run.length === position) run.length += length;
    else {
      if (run) await copy(run);
      run = { from, length, position };
    }
    from += length;
  }
  if (run) await copy(run);
}

/** Writes further and further back; gaps too small for a hole are filled, so that writes stay large. */
export class SparseWriter {
  readonly #output: BatchWriter;
  #end = 0;

  constructor(readonly file: FileHandle) {
    this.#output = new BatchWriter(file);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    const gap = position - this.#end;
    if (gap > 0 && gap < HOLE) await this.#output.write(Buffer.alloc(gap), this.#end);
    await this.#output.write(bytes, position);
    this.#end = position + bytes.length;
  }

  flush(): Promise<void> {
    return this.#output.flush();
  }
}
