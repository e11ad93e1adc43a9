import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import { blocksOf } from './blocks.js';
import { GZIP_HEADER, gzipTrailer } from './gzip.js';

const deflateBlock = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** Part of the format: another size gives other bytes. At 128 KiB and more, splitting costs no measurable size. */
const BLOCK = 1 << 20;
/** Deflate's window: RFC 1951, section 2. */
const WINDOW = 1 << 15;
/** As many as libuv's pool has threads by default; bounds memory to about 3 MiB a block. */
const IN_FLIGHT = 4;

export interface CompressOptions {
  /** zlib's level, 1 to 9; 6 unless said. */
  readonly level?: number;
}

/**
 * One gzip member of `plain`, its blocks compressed in parallel on libuv's pool. The bytes are a function of
 * the input and the level: neither chunks nor threads nor timing change them.
 */
export async function* compress(
  plain: AsyncIterable<Uint8Array>,
  { level = 6 }: CompressOptions = {},
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
      // One trip to the pool for a block: even incompressible bytes fit.
      chunkSize: Math.max(64, bytes.length + (bytes.length >> 8) + 64),
    });
    // An earlier block's failure may end the loop before anyone awaits this one.
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
  if (block) start(block, constants.Z_FINISH);
  for (const compressed of pending) yield await compressed;
  yield gzipTrailer(crc, size);
}
