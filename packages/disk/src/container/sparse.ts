import type { FileHandle } from 'node:fs/promises';
import { lendSlice, readSlice, type Extent, type Image } from '../image/image.js';
import { isZero } from '../image/zeros.js';
import { BatchWriter } from './file.js';

/** What file systems allocate at least; a smaller run of zeros makes no hole. */
const HOLE = 4096;
/** From here on a content is borrowed chunk by chunk; smaller ones are gathered to large writes. */
const BORROWED = 1 << 20;

/**
 * Writes what is not zero of an image cut into blocks. `place` is asked in rising order, once for each block that
 * holds anything, where it goes: further back with each.
 */
export async function writeBlocks(
  output: SparseWriter,
  image: Image,
  size: number,
  place: (index: number) => number | Promise<number>,
): Promise<void> {
  let current = -1;
  let base = 0;
  for (const { offset, content } of image.extents) {
    let at = offset;
    const borrowed = content.size >= BORROWED;
    for await (const chunk of borrowed ? lendSlice(content) : readSlice(content)) {
      for (let done = 0; done < chunk.length;) {
        const index = Math.floor(at / size);
        const start = at - index * size;
        // Cut first: else whether a block holds anything would depend on the chunks.
        const part = chunk.subarray(done, done + size - start);
        for (const [from, to] of dataRuns(part)) {
          if (index !== current) {
            current = index;
            base = await place(index);
          }
          await output.write(part.subarray(from, to), base + start + from);
        }
        done += part.length;
        at += part.length;
      }
      if (borrowed) await output.flush();
    }
  }
  await output.flush();
}

/** Writes what is not zero of an image where it lies in the image. Large contents that can, write themselves. */
export async function writeFlat(file: FileHandle, image: Image): Promise<void> {
  const large = ({ content: { size, source } }: Extent) => size >= BORROWED && source.copy !== undefined;
  const rest = { ...image, extents: image.extents.filter((extent) => !large(extent)) };
  await writeBlocks(new SparseWriter(file), rest, Math.max(1, image.size), () => 0);
  for (const { offset, content } of image.extents.filter(large)) {
    await content.source.copy!(content.offset, content.offset + content.size, file, offset);
  }
}

/** Writes further and further back; gaps too small for a hole are filled, so that writes stay large. */
export class SparseWriter {
  readonly #output: BatchWriter;
  #end = 0;

  constructor(file: FileHandle) {
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
