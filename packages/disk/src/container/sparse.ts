import type { FileHandle } from 'node:fs/promises';
import type { Content } from '@nx-linuxkit/tree';
import { lendSlice, readSlice, type Image } from '../image/image.js';
import { isZero } from '../image/zeros.js';
import { BatchWriter } from './file.js';

/** What file systems allocate at least; a smaller run of zeros makes no hole. */
const HOLE = 4096;
/** From here on a content is borrowed chunk by chunk; smaller ones are gathered to large writes. */
const BORROWED = 1 << 20;
/** Copies at once: enough to keep all threads busy. */
const COPIES = 16;

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
  const copies = new Copies(output.file);
  try {
    for (const { offset, content } of image.extents) {
      if (content.size >= BORROWED && content.source.copy) await copyItself(copies, offset, content, blocks);
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
  copies: Copies,
  offset: number,
  { source, offset: start, size }: Content,
  blocks: Blocks,
): Promise<void> {
  let run: { from: number; length: number; position: number } | undefined;
  const copy = async ({ from, length, position }: NonNullable<typeof run>): Promise<void> =>
    copies.add((file) => source.copy!(start + from, start + from + length, file, position));
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

/** Copies that go on while other things are written, a few at once. */
class Copies {
  private readonly running = new Set<Promise<void>>();
  private failure: { error: unknown } | undefined;

  constructor(private readonly file: FileHandle) {}

  /** Throws what an earlier one has failed with. */
  async add(copy: (file: FileHandle) => Promise<void>): Promise<void> {
    if (this.running.size >= COPIES) await Promise.race(this.running);
    if (this.failure) throw this.failure.error;
    const running = copy(this.file)
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.running.delete(running));
    this.running.add(running);
  }

  /** Afterwards nobody is at the file any more, which the caller closes. */
  async settle(): Promise<void> {
    await Promise.all(this.running);
  }

  check(): void {
    if (this.failure) throw this.failure.error;
  }
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

/** Runs within a chunk that are not zeros, as [start, end). */
function* dataRuns(bytes: Uint8Array): Iterable<[start: number, end: number]> {
  let start = -1;
  for (let at = 0; at < bytes.length; at += HOLE) {
    // One byte tells of most pages that they hold something; only the others are looked through.
    const zero = bytes[at] === 0 && isZero(bytes.subarray(at, at + HOLE));
    if (!zero && start < 0) start = at;
    if (zero && start >= 0) {
      yield [start, at];
      start = -1;
    }
  }
  if (start >= 0) yield [start, bytes.length];
}
