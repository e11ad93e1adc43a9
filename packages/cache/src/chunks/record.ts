import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CacheError } from '../error.js';
import { MAXIMUM } from './chunker.js';

/**
 * A chunk in a pack: 4 bytes, little endian, with twice the number of bytes that follow, plus 1 if they are raw deflate.
 * So a range of whole records can be read without its index.
 */
const HEADER = 4;
/** zlib's fastest: chunks that gain at all gain most of it here. */
const LEVEL = 1;
/** A chunk is compressed if that saves an eighth. Less is not worth the time to read it back. */
const gains = (stored: number, length: number) => stored <= length - (length >> 3);
/** After this many chunks in a row that gain nothing, only each 16th is tried until one gains. */
const PATIENCE = 8;
const SAMPLE = 16;

/** Makes records, and learns within a file whether its chunks compress. */
export class RecordMaker {
  private failures = 0;

  /** Called at the beginning of each file. */
  reset(): void {
    this.failures = 0;
  }

  make(chunk: Buffer): Buffer {
    const packed = this.isWorthATry() ? deflateRawSync(chunk, { level: LEVEL }) : undefined;
    if (packed && gains(packed.length, chunk.length)) {
      this.failures = 0;
      return record(packed, 1);
    }
    this.failures++;
    return record(chunk, 0);
  }

  private isWorthATry(): boolean {
    return this.failures < PATIENCE || this.failures % SAMPLE === 0;
  }
}

function record(bytes: Buffer, flag: 0 | 1): Buffer {
  const made = Buffer.allocUnsafe(HEADER + bytes.length);
  made.writeUInt32LE(bytes.length * 2 + flag);
  bytes.copy(made, HEADER);
  return made;
}

/** Bytes of a window that is large enough for any record. */
export const WINDOW = 512 << 10;

/** Writes the next bytes of a range to a buffer, and returns their number; 0 at the end. */
export type Fill = (target: Buffer) => Promise<number>;

/**
 * Yields the chunks of a range of records, those of a window at a time, which are valid until the next ones. Throws
 * `damaged-entry` for anything else than records. `window` has WINDOW bytes.
 */
export async function* chunksOf(fill: Fill, window: Buffer): AsyncGenerator<Iterable<Buffer>, void> {
  for (let end = 0; ;) {
    const length = await fill(window.subarray(end));
    if (length === 0) {
      if (end > 0) throw damaged('the end of a range within a chunk');
      return;
    }
    const records = new Records(window.subarray(0, end + length));
    yield records;
    window.copy(window, 0, records.end, end + length);
    end += length - records.end;
  }
}

/** The whole records at the beginning of some bytes. */
class Records implements Iterable<Buffer> {
  /** The byte behind those that were read. */
  end = 0;

  constructor(private readonly bytes: Buffer) {}

  *[Symbol.iterator](): Generator<Buffer, void> {
    const { bytes } = this;
    while (bytes.length - this.end >= HEADER) {
      const head = bytes.readUInt32LE(this.end);
      const [length, isDeflated] = [head >>> 1, (head & 1) === 1];
      if (length > MAXIMUM) throw damaged(`a chunk of ${length} bytes`);
      const start = this.end + HEADER;
      if (bytes.length - start < length) return;
      const chunk = bytes.subarray(start, start + length);
      yield isDeflated ? inflated(chunk) : chunk;
      this.end = start + length;
    }
  }
}

function inflated(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MAXIMUM });
  } catch (cause) {
    throw damaged('a chunk that does not inflate', cause);
  }
}

function damaged(got: string, cause?: unknown): CacheError {
  return new CacheError('damaged-entry', `expected the chunks of a pack, got ${got}`, { cause });
}
