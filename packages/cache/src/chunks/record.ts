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

/** Yields the chunks of a range of records that arrives in parts. Throws `damaged-entry` for anything else. */
export async function* chunksOf(range: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const part of range) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part]);
    let at = 0;
    while (rest.length - at >= HEADER) {
      const head = rest.readUInt32LE(at);
      const [length, isDeflated] = [head >>> 1, (head & 1) === 1];
      if (length > MAXIMUM) throw damaged(`a chunk of ${length} bytes`);
      if (rest.length - at - HEADER < length) break;
      const bytes = rest.subarray(at + HEADER, at + HEADER + length);
      yield isDeflated ? inflated(bytes) : bytes;
      at += HEADER + length;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw damaged('the end of a range within a chunk');
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
