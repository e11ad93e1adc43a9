import { compress as gzip } from '@nx-linuxkit/deflate';

/**
 * Archives up to this many bytes become one zstd frame. The pinned encoder (a WASM build of zstd, because bytes must
 * not depend on the Node version) compresses in one call and holds input and output: a larger archive is written as
 * gzip instead, which streams. The kernel takes both in one initramfs, and one archive cannot be split over frames.
 */
const FRAME_LIMIT = 64 << 20;

/** zstd's own default. */
const LEVEL = 3;

/** One archive as one zstd frame, or, when it is too large for that, as one gzip member. */
export async function* zstd(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = archive[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let size = 0;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
    held.push(next.value);
    size += next.value.length;
    if (size > FRAME_LIMIT) {
      yield* gzip(rest(held, iterator));
      return;
    }
  }
  const { compress } = await (encoder ??= openEncoder());
  yield compress(Buffer.concat(held), LEVEL);
}

/** Opened once: to initialise it again would take the memory from under a call that is under way. */
let encoder: ReturnType<typeof openEncoder> | undefined;

async function openEncoder() {
  const zstdWasm = await import('@bokuweb/zstd-wasm');
  await zstdWasm.init();
  return zstdWasm;
}

async function* rest(held: Uint8Array[], iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let chunk = held.shift(); chunk; chunk = held.shift()) yield chunk;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
}
