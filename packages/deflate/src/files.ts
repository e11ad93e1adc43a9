import { createHash, type Hash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { BlockIndex } from './block-index.js';
import { compress } from './compress.js';
import { checkedKeeps, keepPastEnd } from './keeps.js';
import { dataRuns } from './data-runs.js';
import type { Op } from './op.js';
import { transcode } from './transcode.js';

/** What was read. */
export interface Hashed {
  readonly bytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** What was written. */
export interface Written {
  readonly bytes: number;
  /** Against accidents: it costs half of what SHA-256 does. */
  readonly crc32: number;
  /** In hexadecimal, of all that was read; absent where only parts of the input are. */
  readonly inputSha256?: string;
  /** Plain bytes that an index let pass undecoded. */
  readonly skipped?: number;
}

export interface FileJob {
  readonly kind: 'transcode' | 'compress';
  readonly input: string;
  readonly output: string;
  readonly level?: number;
  readonly blocks?: BlockIndex;
}

/** Descriptors are the process's: threads share them. */
export interface HashJob {
  readonly kind: 'hash';
  /** Open for reading. */
  readonly input: number;
  readonly copy?: Copy;
}

/** Where bytes go that a job hashes. */
export interface Copy {
  /** Bytes `start` up to, not including, `end` of the input. */
  readonly start: number;
  readonly end: number;
  /** Open for writing. What is zeros for a block is not written, so the range must be a hole or zeros before. */
  readonly output: number;
  /** Of byte `start`. */
  readonly position: number;
}

const PIECE = 1 << 18;

/**
 * Does a job in this thread, blocking on files, as a worker may. The output is a temporary file of the caller's,
 * who renames it; it is removed if the job fails.
 */
export async function runFileJob(job: FileJob | HashJob, ops: Iterable<Op>): Promise<Hashed | Written> {
  if (job.kind === 'hash') return hashAll(job.input, job.copy);
  const { kind, input, output, level, blocks } = job;
  const file = openSync(input, 'r');
  try {
    if (kind === 'compress') return await writeAll(output, compress(keptOf(file, ops), { level }));
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

async function hashAll(file: number, copy?: Copy): Promise<Hashed> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of piecesOf(file, hash)) {
    if (copy) writeRange(copy, piece, bytes);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes what a piece, which begins at byte `at` of the input, has of the range. */
function writeRange({ start, end, output, position }: Copy, piece: Uint8Array, at: number): void {
  const from = Math.max(start - at, 0);
  const to = Math.min(end - at, piece.length);
  for (const [first, last] of from < to ? dataRuns(piece.subarray(from, to)) : []) {
    const run = piece.subarray(from + first, from + last);
    const offset = position + at + from + first - start;
    for (let done = 0; done < run.length;) done += writeSync(output, run, done, undefined, offset + done);
  }
}

/** The file in pieces, all in the same memory: a piece is gone when the next one is asked for. */
async function* piecesOf(file: number, hash: Hash): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(PIECE);
  // By position: the descriptor of a hash is read from elsewhere at the same time.
  for (let at = 0, read; (read = readSync(file, piece, 0, PIECE, at)) > 0; at += read) {
    hash.update(piece.subarray(0, read));
    yield piece.subarray(0, read);
  }
}

/** The same as `rewrite` of the file, but what is dropped is not read. */
async function* keptOf(file: number, ops: Iterable<Op>): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(PIECE);
  const { size } = fstatSync(file);
  for (const op of checkedKeeps(ops)) {
    if ('insert' in op) {
      yield op.insert;
      continue;
    }
    const [start, end] = op.keep;
    if (end > size) throw keepPastEnd(op.keep, size);
    for (let at = start, read; at < end; at += read) {
      read = readSync(file, piece, 0, Math.min(PIECE, end - at), at);
      if (read === 0) throw keepPastEnd(op.keep, at);
      yield piece.subarray(0, read);
    }
  }
}

async function writeAll(path: string, chunks: AsyncIterable<Uint8Array>): Promise<Written> {
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
