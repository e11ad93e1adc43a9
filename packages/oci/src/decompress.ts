import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { compressionError } from './compression-error.js';
import { OciError } from './error.js';
import { portableZstd, ZSTD_WINDOW_LOG_MAX } from './portable-zstd.js';

/** How a layer is compressed. */
export type Compression = 'gzip' | 'zstd' | 'none';

/** Limits that tell a decompression bomb from a layer. */
export interface DecompressLimits {
  /** The most uncompressed bytes; default: 128 GiB, more than any registry accepts as a layer. */
  readonly bytes?: number;
  /**
   * The most uncompressed bytes for each compressed byte, checked once `ratioFrom` bytes came out. Default: 1000,
   * the limit of node-tar; deflate itself cannot exceed 1032.
   */
  readonly ratio?: number;
  /** Uncompressed bytes from which `ratio` counts; default: 1 GiB, because a smaller file of zeros is no attack. */
  readonly ratioFrom?: number;
}

const DEFAULTS = { bytes: 128 * 2 ** 30, ratio: 1000, ratioFrom: 2 ** 30 };
/** Bytes. Chunks of 1 MiB inflate twice as fast as Node's 16 KiB, with fewer trips to the thread pool. */
const OUTPUT_CHUNK = 1 << 20;
/** Bytes. Sockets deliver at most 64 KiB, which is too little for the same reason. */
const INPUT_CHUNK = 256 << 10;

/**
 * Recognises the compression by the first four bytes, as container runtimes do, because registries hold layers
 * with a wrong media type.
 */
export function compressionOf(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  const word = start.length < 4 ? 0 : Buffer.from(start.subarray(0, 4)).readUInt32LE();
  // The magic number of a frame, or of a skippable frame, with which pzstd and zstd:chunked begin.
  if (word === 0xfd2fb528 || (word & 0xfffffff0) >>> 0 === 0x184d2a50) return 'zstd';
  return 'none';
}

/**
 * Returns the name of a compression that layers do not have by any specification, and that is not read; undefined for
 * any other bytes. `start`: at least ten bytes, because a tar may begin with a file whose name is `BZh`.
 */
export function foreignCompressionOf(start: Uint8Array): string | undefined {
  const hex = Buffer.from(start.subarray(0, 10)).toString('hex');
  if (hex.startsWith('fd377a585a00')) return 'xz';
  if (/^425a683[1-9](314159265359|177245385090)/.test(hex)) return 'bzip2';
  if (hex.startsWith('04224d18')) return 'lz4';
  return undefined;
}

/**
 * Yields the uncompressed bytes of a layer that is gzip (any number of members), zstd (any number of frames) or
 * not compressed. Reads only as fast as it is read, so that memory stays at a few chunks.
 *
 * Throws `truncated` where the input ends too early, `invalid-compression` where it is damaged, has another
 * compression or needs a zstd window above 128 MiB, and `too-large` beyond the limits.
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
    refuseForeign(first.value);
    const rest = prepend(first.value, input);
    yield* limited(decoded(compressionOf(first.value), rest), count, limits);
  } finally {
    await input.return?.();
  }
}

function refuseForeign(start: Uint8Array): void {
  const format = foreignCompressionOf(start);
  if (format === undefined) return;
  throw new OciError(
    'invalid-compression',
    `the layer is compressed by ${format}, expected gzip, zstd or a plain tar`,
    { hint: 'Build the image again with gzip, for instance with skopeo copy --dest-compress-format gzip.' },
  );
}

function decoded(compression: Compression, input: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (compression === 'none') return input;
  if (compression === 'gzip') return through(zlib.createGunzip({ chunkSize: OUTPUT_CHUNK }), input);
  return nativeZstd() ? through(nativeZstd()!, input) : portableZstd(input);
}

/** Node's own decoder, which exists since Node 22.15. */
function nativeZstd(): Transform | undefined {
  const { createZstdDecompress, constants } = zlib as unknown as {
    createZstdDecompress?: (options: object) => Transform;
    constants: Record<string, number>;
  };
  const params = { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX };
  return createZstdDecompress?.({ chunkSize: OUTPUT_CHUNK, params });
}

/** Feeds a decoder while reading from it, and passes an error of either side to the reader. */
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

/** Counts what comes out of a decompressor, and throws `too-large` once that is beyond the limits of a layer. */
export class BombGuard {
  private readonly limits: Required<DecompressLimits>;
  private out = 0;

  constructor(limits: DecompressLimits = {}) {
    this.limits = { ...DEFAULTS, ...limits };
  }

  /** Counts `bytes` that came out, after `compressed` bytes in total went in. */
  add(bytes: number, compressed: number): void {
    const { ratio, ratioFrom, bytes: most } = this.limits;
    this.out += bytes;
    const bomb = this.out > ratioFrom && this.out > compressed * ratio;
    if (!bomb && this.out <= most) return;
    const bound = bomb ? `${ratio} times its ${compressed} compressed bytes` : `${most} bytes`;
    throw new OciError('too-large', `the layer inflates to more than ${bound}`, {
      hint: 'Use another image: only a decompression bomb looks like this.',
    });
  }
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

/** Yields a chunk that was already taken from an iterator, then the rest of the iterator. */
export async function* prepend(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
