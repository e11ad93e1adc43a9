import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OciError } from '@nx-linuxkit/oci';
import { decompress as decompressLayer } from '@nx-linuxkit/oci/decompress';
import { XzReadableStream } from 'xz-decompress';
import { DebianError } from '../errors.js';
import { refuseDamaged } from './damaged.js';

type Bytes = AsyncIterable<Uint8Array>;

/** Decompresses a member by its name: `data.tar.xz`, `.zst`, `.gz` or plain `data.tar`. Throws `bad-format`. */
export function decompress(name: string, bytes: Bytes): Bytes {
  if (name.endsWith('.xz')) return unxz(bytes, name);
  if (name.endsWith('.zst')) return refuseDamaged(name, bytes, unzstd);
  if (name.endsWith('.gz')) return refuseDamaged(name, bytes, gunzip);
  if (name.endsWith('.tar')) return bytes;
  throw new DebianError('bad-format', `unknown compression: ${name}`);
}

/** Decompresses xz; `name` is the file in messages. Throws `bad-format`. */
export function unxz(bytes: Bytes, name: string): Bytes {
  return refuseDamaged(name, bytes, decodeXz);
}

async function* decodeXz(bytes: Bytes): Bytes {
  // TypeScript has two types for a web stream, Node's and the DOM's, which do not fit each other.
  const stream = Readable.toWeb(
    Readable.from(bytes, { objectMode: false }),
  ) as unknown as ReadableStream<Uint8Array>;
  const opened = new XzReadableStream(stream) as unknown as AsyncIterable<Uint8Array>;
  // The decoder returns views of one buffer, which it fills again.
  for await (const chunk of opened) yield chunk.slice();
}

async function* gunzip(bytes: Bytes): Bytes {
  // `pipe` would leave the reader waiting for ever when the source fails.
  yield* pipeline(Readable.from(bytes, { objectMode: false }), createGunzip(), () => undefined);
}

async function* unzstd(bytes: Bytes): Bytes {
  try {
    yield* decompressLayer(bytes);
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
    throw new DebianError('bad-format', error.message, { hint: error.hint, cause: error.cause });
  }
}
