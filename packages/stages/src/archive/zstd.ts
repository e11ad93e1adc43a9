import { compress as gzip } from '@nx-linuxkit/deflate';

/**
 * Archives up to this many bytes become one zstd frame. The encoder is a pinned WASM build of zstd, because bytes
 * must not depend on the Node version. It compresses in one call and holds input and output in memory, so a larger
 * archive is written as gzip, which streams. The kernel takes both in one initramfs, and one archive cannot be split
 * over frames.
 */
const FRAME_LIMIT = 64 << 20;

/** zstd's own default. */
const LEVEL = 3;

/** Compresses one archive as one zstd frame, or as one gzip member where it is too large for a frame. */
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

/** Opened once: initialising it again would replace the memory that a running call uses. */
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
