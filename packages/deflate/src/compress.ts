import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import { blocksOf } from './blocks.js';
import { GZIP_HEADER, gzipEnd, gzipTrailer } from './gzip.js';

const deflateBlock = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** Bytes of an input block. Another size gives other bytes. From 128 KiB on, splitting costs no measurable size. */
const BLOCK = 1 << 20;
/** Deflate's window: RFC 1951, section 2. */
const WINDOW = 1 << 15;
/** Blocks that are compressed at one time: the default number of libuv's threads. Each takes about 3 MiB of memory. */
const IN_FLIGHT = 4;

/** How to compress. */
export interface CompressOptions {
  /** zlib's level from 1 (fast) to 9 (small); 6 by default. */
  readonly level?: number;
  /** Ends the member with `gzipEnd`, so that it can be joined to others. It is 7 bytes longer. Default: false. */
  readonly joinable?: boolean;
}

/**
 * Yields the plain bytes as one gzip member (RFC 1952), compressed in blocks of 1 MiB in parallel on libuv's threads.
 * The output depends on the input and the level alone, not on how the input is cut into chunks, threads or timing.
 */
export async function* compress(
  plain: AsyncIterable<Uint8Array>,
  { level = 6, joinable = false }: CompressOptions = {},
): AsyncGenerator<Uint8Array> {
  const pending: Promise<Buffer>[] = [];
  let crc = 0;
  let size = 0;
  let block: Buffer | undefined;
  let dictionary: Buffer | undefined;
  const start = (bytes: Buffer, flush: number): void => {
    const compressed = deflateBlock(bytes, {
      level,
      dictionary,
      finishFlush: flush,
      // A block needs one call of zlib: even incompressible bytes fit into a chunk of this size.
      chunkSize: Math.max(64, bytes.length + (bytes.length >> 8) + 64),
    });
    // Marks a failure as handled: the failure of an earlier block may end the loop before this one is awaited.
    compressed.catch(() => undefined);
    pending.push(compressed);
    crc = crc32(bytes, crc);
    size += bytes.length;
    dictionary = bytes.subarray(-WINDOW);
  };

  yield GZIP_HEADER;
  for await (const next of blocksOf(plain, BLOCK)) {
    if (block) start(block, constants.Z_SYNC_FLUSH);
    block = next;
    if (pending.length === IN_FLIGHT) yield await pending.shift()!;
  }
  // A sync flush ends the block at a whole byte, without making it the last one.
  if (block) start(block, joinable ? constants.Z_SYNC_FLUSH : constants.Z_FINISH);
  for (const compressed of pending) yield await compressed;
  yield joinable ? gzipEnd(crc, size) : gzipTrailer(crc, size);
}
