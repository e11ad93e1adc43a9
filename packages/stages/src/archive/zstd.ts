import { blocksOfFrame, rawBlocks, RESET_RUN, resetBlocks, ZSTD_END, zstdHeader } from './zstd-frame.js';

/**
 * Bytes that are compressed in one call. The encoder is a pinned WASM build of zstd, because bytes must not depend on
 * the Node version. It compresses in one call and holds input and output in memory.
 */
const CALL_LIMIT = 64 << 20;

/** zstd's own default. */
const LEVEL = 3;

/**
 * Yields the plain bytes as one zstd frame that can be joined: what lies between `zstdHeader()` and ZSTD_END can be copied
 * behind the same of other frames. Bytes that do not fit into one call are cut at a run of equal bytes.
 */
export async function* zstd(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield zstdHeader();
  for await (const piece of piecesOf(plain)) yield* joinableBlocks(piece);
  yield ZSTD_END;
}

/**
 * The blocks of one call. An encoder takes the repeat offsets of a new frame for granted, which other blocks before
 * these have changed. So the first run of equal bytes becomes blocks that set them again, and what lies before the run
 * raw blocks: 22 bytes where a cpio header of root's begins. Bytes without a run, which are hardly compressible, stay raw.
 */
async function* joinableBlocks(piece: Buffer): AsyncGenerator<Uint8Array> {
  const run = firstRun(piece);
  yield* rawBlocks(piece.subarray(0, run));
  if (run === piece.length) return;
  yield resetBlocks(piece[run]!);
  const rest = piece.subarray(run + RESET_RUN);
  if (rest.length === 0) return;
  const { compress } = await (encoder ??= openEncoder());
  yield blocksOfFrame(Buffer.from(compress(rest, LEVEL)));
}

/** Opened once: initialising it again would replace the memory that a running call uses. */
let encoder: ReturnType<typeof openEncoder> | undefined;

async function openEncoder() {
  const zstdWasm = await import('@bokuweb/zstd-wasm');
  await zstdWasm.init();
  return zstdWasm;
}

/** Cuts the bytes into pieces for one call each. How they come in chunks shows in none of them. */
async function* piecesOf(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of plain) {
    held.push(chunk);
    size += chunk.length;
    while (size >= CALL_LIMIT) {
      const bytes = Buffer.concat(held);
      const cut = lastRun(bytes.subarray(0, CALL_LIMIT)) || CALL_LIMIT;
      yield bytes.subarray(0, cut);
      held = [bytes.subarray(cut)];
      size -= cut;
    }
  }
  if (size > 0) yield Buffer.concat(held);
}

/** Where the first RESET_RUN equal bytes begin; the length of bytes without such a run. */
function firstRun(bytes: Uint8Array): number {
  let start = 0;
  for (let at = 1; at < bytes.length; at += 1) {
    if (bytes[at] !== bytes[start]) start = at;
    else if (at - start + 1 === RESET_RUN) return start;
  }
  return bytes.length;
}

/** Where the last RESET_RUN equal bytes begin; 0 for bytes without such a run behind their start. */
function lastRun(bytes: Uint8Array): number {
  let end = bytes.length - 1;
  for (let at = end - 1; at > 0; at -= 1) {
    if (bytes[at] !== bytes[end]) end = at;
    else if (end - at + 1 === RESET_RUN) return at;
  }
  return 0;
}
