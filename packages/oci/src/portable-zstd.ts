import { setTimeout as sleep } from 'node:timers/promises';
import { compressionError } from './compression-error.js';
import { OciError } from './error.js';
import { ZstdFrames } from './zstd-frames.js';

/** 128 MiB: the window of `zstd --long`, and the largest that decoders accept without being told to. */
export const ZSTD_WINDOW_LOG_MAX = 27;
/** Bytes. After a frame with a larger window the garbage collector gets time to free it before the next is allocated. */
const LARGE_WINDOW = 16 << 20;
/** Milliseconds that a collection needs to be finished. */
const COLLECTION = 20;
/**
 * Bytes that the portable decoder may move for each byte of output. Blocks of 8 KiB with the largest window need this
 * many, and an encoder makes blocks of 128 KiB; only an attack has blocks of a few bytes, each of which moves 128 MiB.
 */
const MOVES_RATIO = 16_384;
/** Bytes moved from which the ratio counts: about two seconds. */
const MOVES_FROM = 16 * 2 ** 30;

/**
 * Decodes zstd with a decoder in JavaScript, for versions of Node without one of their own. Memory stays at a few windows
 * of at most 128 MiB. Throws as `decompress` does.
 */
export async function* portableZstd(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  // Loaded when needed: few layers are zstd, and newer versions of Node have a decoder of their own.
  const { Decompress } = await import('fzstd');
  const out: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => void (chunk.length > 0 && out.push(chunk)));
  let total = 0;
  const frames = new ZstdFrames(2 ** ZSTD_WINDOW_LOG_MAX);
  const push = (chunk: Uint8Array, final: boolean) => {
    try {
      decoder.push(chunk, final);
    } catch (error) {
      throw compressionError(error);
    }
  };
  for await (const chunk of input) {
    for (const piece of frames.pieces(chunk)) {
      push(piece, false);
      total += out.reduce((sum, { length }) => sum + length, 0);
      if (frames.moved > MOVES_FROM && frames.moved > total * MOVES_RATIO) throw tinyBlocks();
      yield* out.splice(0);
      if (frames.endedWindow > LARGE_WINDOW) await sleep(COLLECTION);
    }
  }
  push(new Uint8Array(0), true);
  yield* out;
}

function tinyBlocks(): OciError {
  return new OciError(
    'too-large',
    'the zstd layer has a large window and tiny blocks, which take hours to decode',
    {
      hint: 'Use another image: only a decompression bomb looks like this.',
    },
  );
}
