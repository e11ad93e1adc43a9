import { createHash, type Hash } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { BlockIndex } from './block-index.js';
import { dataRuns } from './data-runs.js';
import type { Op } from './op.js';
import { transcode } from './transcode.js';

/** What `hashFile` and `copyFile` have read. */
export interface Hashed {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** What `transcodeFile` has written. */
export interface Written {
  /** Bytes of the output. */
  readonly bytes: number;
  /** CRC-32 of the output. It detects accidents, at half the cost of a SHA-256. */
  readonly crc32: number;
  /** SHA-256 of the whole input, in hexadecimal. */
  readonly inputSha256: string;
  /** Plain bytes that were copied without decoding them, thanks to an index of blocks. */
  readonly skipped: number;
}

/** A file to transcode into a file; `transcodeFile` has the parameters. */
export interface TranscodeJob {
  readonly input: string;
  readonly output: string;
  readonly blocks?: BlockIndex;
}

/** An open file to hash, and to copy from. Descriptors belong to the process, so all threads can use them. */
export interface HashJob {
  /** A descriptor that is open for reading. */
  readonly input: number;
  readonly copy?: Copy;
}

/** A range of a hashed file, and where to write it. */
export interface Copy {
  /** First byte of the range. */
  readonly start: number;
  /** The byte behind the range. */
  readonly end: number;
  /**
   * A descriptor that is open for writing. Blocks of zeros are not written, so the range must read as zeros before.
   */
  readonly output: number;
  /** The byte of the output that gets byte `start`. */
  readonly position: number;
}

/** Bytes of one read. */
const PIECE = 1 << 18;

/** Transcodes a file in this thread, by blocking calls, as a worker may. Removes the output on failure. */
export async function runTranscode(
  { input, output, blocks }: TranscodeJob,
  ops: Iterable<Op>,
): Promise<Written> {
  const file = openSync(input, 'r');
  try {
    const read = createHash('sha256');
    let skipped = 0;
    const edited = async function* () {
      skipped = yield* transcode(piecesOf(file, read), ops, blocks);
    };
    const written = await writeAll(output, edited());
    return { ...written, inputSha256: read.digest('hex'), skipped };
  } finally {
    closeSync(file);
  }
}

/** Hashes an open file, and copies a range of it, in this thread, by blocking calls. */
export async function runHash({ input, copy }: HashJob): Promise<Hashed> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of piecesOf(input, hash)) {
    if (copy) writeRange(copy, piece, bytes);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes the part of the range that lies in a piece, which begins at byte `at` of the input. */
function writeRange({ start, end, output, position }: Copy, piece: Uint8Array, at: number): void {
  const from = Math.max(start - at, 0);
  const to = Math.min(end - at, piece.length);
  for (const [first, last] of from < to ? dataRuns(piece.subarray(from, to)) : []) {
    const run = piece.subarray(from + first, from + last);
    const offset = position + at + from + first - start;
    for (let done = 0; done < run.length;) done += writeSync(output, run, done, undefined, offset + done);
  }
}

/** Yields the file in pieces and hashes them. All pieces share one memory: each is valid until the next is asked for. */
async function* piecesOf(file: number, hash: Hash): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(PIECE);
  // Reads by position, because other threads read from the same descriptor.
  for (let at = 0, read; (read = readSync(file, piece, 0, PIECE, at)) > 0; at += read) {
    hash.update(piece.subarray(0, read));
    yield piece.subarray(0, read);
  }
}

async function writeAll(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<Pick<Written, 'bytes' | 'crc32'>> {
  const file = openSync(path, 'w');
  let [bytes, sum] = [0, 0];
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) at += writeSync(file, chunk, at);
      sum = crc32(chunk, sum);
      bytes += chunk.length;
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
  return { bytes, crc32: sum };
}
