import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { OciError } from './error.js';
import { WindowGuard } from './zstd-frames.js';

export type Compression = 'gzip' | 'zstd' | 'none';

export interface DecompressLimits {
  /** Uncompressed bytes at most; default 128 GiB, more than any registry takes as a layer. */
  readonly bytes?: number;
  /**
   * Uncompressed bytes for each compressed one at most, once `ratioFrom` bytes came out. Deflate cannot exceed
   * 1032; default 1000, as node-tar has it.
   */
  readonly ratio?: number;
  /** Default 1 GiB: below it, a file of zeros is no attack. */
  readonly ratioFrom?: number;
}

const DEFAULTS = { bytes: 128 * 2 ** 30, ratio: 1000, ratioFrom: 2 ** 30 };
/** 1 MiB a chunk inflates twice as fast as the default of 16 KiB: fewer trips to the thread pool. */
const OUTPUT_CHUNK = 1 << 20;
/** Sockets deliver at most 64 KiB; the same argument holds for input. */
const INPUT_CHUNK = 256 << 10;
/** The window that `zstd --long` asks for, 128 MiB, is the largest that decoders take unasked. */
const ZSTD_WINDOW_LOG_MAX = 27;

/** By the first bytes, as container runtimes do, because registries hold layers with the wrong media type. */
export function compressionOf(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  const word = start.length < 4 ? 0 : Buffer.from(start.subarray(0, 4)).readUInt32LE();
  // A frame, or a skippable frame, which pzstd and zstd:chunked put first.
  if (word === 0xfd2fb528 || (word & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  return 'none';
}

/**
 * The plain bytes of a layer: gzip of any number of members, zstd of any number of frames, or plain. Pulls as it
 * is pulled, so memory stays at a few chunks. Throws `truncated` where the input ends too early.
 */
export async function* decompress(
  bytes: AsyncIterable<Uint8Array>,
  limits: DecompressLimits = {},
): AsyncGenerator<Uint8Array, void> {
  const count = { in: 0 };
  const input = coalesce(bytes, count)[Symbol.asyncIterator]();
  try {
    const first = await input.next();
    if (first.done) return;
    const rest = prepend(first.value, input);
    yield* limited(decoded(compressionOf(first.value), rest), count, limits);
  } finally {
    await input.return?.();
  }
}

function decoded(compression: Compression, input: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (compression === 'none') return input;
  if (compression === 'gzip') return through(zlib.createGunzip({ chunkSize: OUTPUT_CHUNK }), input);
  return nativeZstd() ? through(nativeZstd()!, input) : portableZstd(input);
}

/** Node 22.15 and later. */
function nativeZstd(): Transform | undefined {
  const { createZstdDecompress, constants } = zlib as unknown as {
    createZstdDecompress?: (options: object) => Transform;
    constants: Record<string, number>;
  };
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };
  return createZstdDecompress?.({ chunkSize: OUTPUT_CHUNK, params });
}

/** Feeds while it reads, and carries an error of either side to the reader. */
async function* through(
  decoder: Transform,
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  let inputError: { error: unknown } | undefined;
  const feeding = (async () => {
    for await (const chunk of input) {
      if (decoder.destroyed) return;
      if (!decoder.write(chunk)) await drained(decoder);
    }
    decoder.end();
  })().catch((error: unknown) => {
    inputError = { error };
    decoder.destroy(error as Error);
  });
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw inputError ? inputError.error : compressionError(error);
  } finally {
    decoder.destroy();
    await feeding;
  }
}

function drained(decoder: Transform): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      decoder.off('drain', done).off('close', done).off('error', done);
      resolve();
    };
    if (decoder.destroyed) return resolve();
    decoder.on('drain', done).on('close', done).on('error', done);
  });
}

async function* portableZstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  // Few layers are zstd, and Node reads it itself since 22.15.
  const { Decompress } = await import('fzstd');
  const out: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => void (chunk.length > 0 && out.push(chunk)));
  const guard = new WindowGuard(2 ** ZSTD_WINDOW_LOG_MAX);
  const push = (chunk: Uint8Array, final: boolean) => {
    guard.push(chunk);
    try {
      decoder.push(chunk, final);
    } catch (error) {
      throw compressionError(error);
    }
  };
  for await (const chunk of input) {
    push(chunk, false);
    yield* out.splice(0);
  }
  push(new Uint8Array(0), true);
  yield* out;
}

async function* limited(
  bytes: AsyncIterable<Uint8Array>,
  count: { readonly in: number },
  limits: DecompressLimits,
): AsyncGenerator<Uint8Array, void> {
  const guard = new BombGuard(limits);
  for await (const chunk of bytes) {
    guard.add(chunk.length, count.in);
    yield chunk;
  }
}

/** Counts what comes out of a decompressor; throws `too-large` where that cannot be a layer any more. */
export class BombGuard {
  private readonly limits: Required<DecompressLimits>;
  private out = 0;

  constructor(limits: DecompressLimits = {}) {
    this.limits = { ...DEFAULTS, ...limits };
  }

  /** `bytes` more came out; all in all `compressed` bytes went in. */
  add(bytes: number, compressed: number): void {
    const { ratio, ratioFrom, bytes: most } = this.limits;
    this.out += bytes;
    const bomb = this.out > ratioFrom && this.out > compressed * ratio;
    if (!bomb && this.out <= most) return;
    const bound = bomb ? `${ratio} times its ${compressed} compressed bytes` : `${most} bytes`;
    throw new OciError('too-large', `the layer inflates to more than ${bound}`, {
      hint: 'This is how a decompression bomb looks. Raise the limit if the image is to be trusted.',
    });
  }
}

function compressionError(cause: unknown): unknown {
  const { code = '', message = '' } = cause as NodeJS.ErrnoException;
  if (/unexpected (end of file|EOF)/i.test(message) || code === 'Z_BUF_ERROR') {
    return new OciError('truncated', 'the compressed layer ends too early', { cause });
  }
  return new OciError('invalid-compression', `the compressed layer is damaged: ${message}`, { cause });
}

async function* coalesce(
  bytes: AsyncIterable<Uint8Array>,
  count: { in: number },
): AsyncGenerator<Uint8Array, void> {
  let [chunks, length]: [Uint8Array[], number] = [[], 0];
  for await (const chunk of bytes) {
    count.in += chunk.length;
    chunks.push(chunk);
    length += chunk.length;
    if (length < INPUT_CHUNK) continue;
    yield chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length);
    [chunks, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(chunks, length);
}

/** The bytes of an iterator of which the first piece was taken to look at. */
export async function* prepend(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
