import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import type { BlockStore } from './block-store.js';
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
  /** Keeps compressed blocks for later calls. It decides no byte. */
  readonly kept?: BlockStore;
}

/**
 * Yields the plain bytes as one gzip member (RFC 1952), compressed in blocks of 1 MiB in parallel on libuv's threads.
 * The output depends on the input and the level alone, not on how the input is cut into chunks, threads or timing.
 */
export async function* compress(
  plain: AsyncIterable<Uint8Array>,
  { level = 6, joinable = false, kept }: CompressOptions = {},
): AsyncGenerator<Uint8Array> {
  const pending: Promise<Buffer>[] = [];
  let crc = 0;
  let size = 0;
  let block: Buffer | undefined;
  let dictionary: Buffer | undefined;
  const start = (bytes: Buffer, flush: number): void => {
    const options = { level, dictionary, finishFlush: flush };
    const compressed = kept ? keptBlock(bytes, options, kept) : deflate(bytes, options);
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

interface BlockOptions {
  readonly level: number;
  /** The last bytes of the block before. */
  readonly dictionary?: Buffer;
  readonly finishFlush: number;
}

function deflate(bytes: Buffer, options: BlockOptions): Promise<Buffer> {
  // A block needs one call of zlib: even incompressible bytes fit into a chunk of this size.
  const chunkSize = Math.max(64, bytes.length + (bytes.length >> 8) + 64);
  return deflateBlock(bytes, { ...options, chunkSize });
}

/** Takes a block out of the store, else compresses and keeps it. */
async function keptBlock(bytes: Buffer, options: BlockOptions, kept: BlockStore): Promise<Buffer> {
  const { level, dictionary, finishFlush } = options;
  const hash = createHash('sha256').update(`gzip ${level} ${finishFlush} ${process.versions.zlib}\n`);
  // This thread hashes: Node copies what it gives to another one, which takes as long as a processor that knows SHA-256.
  for (const part of [bytes, dictionary ?? Buffer.alloc(0)])
    hash.update(createHash('sha256').update(part).digest());
  const key = hash.digest('hex');
  const found = await kept.find(key);
  if (found) return found;
  const compressed = await deflate(bytes, options);
  await kept.put(key, compressed);
  return compressed;
}
