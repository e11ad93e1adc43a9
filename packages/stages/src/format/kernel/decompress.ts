import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decompress } from '@nx-linuxkit/oci';
import { readContent, type Content } from '@nx-linuxkit/tree';
import type { Context } from '../../context.js';
import { sha256 } from '../../seal.js';
import { decompressLz4 } from './lz4.js';
import { KernelPayloadError } from './payload-error.js';
import { findPayload, type Payload } from './payload.js';
import { decompressXz } from './xz.js';

/** Bumped when the same kernel decompresses to other bytes. */
const VERSION = 1;
/** Bytes: twice the largest vmlinux with all its debug information. A larger payload is taken for an attack. */
const LIMIT = 2 ** 30;

/**
 * The decompressed kernel, for machines that cannot do it themselves. A kernel that is not compressed stays as it is.
 */
export async function decompressKernel(
  kernel: Content,
  { store, file }: Pick<Context, 'store' | 'file'>,
): Promise<Content> {
  const payload = await findPayload(kernel);
  if (!payload) return kernel;
  const key = `vmlinux${VERSION}-${sha256([kernel.source.id, kernel.offset, kernel.size].join())}`;
  const path =
    (await store.find('result', key)) ??
    (await store.put('result', key, (temporary) =>
      pipeline(Readable.from(limited(plainBytes(payload))), createWriteStream(temporary)),
    ));
  const { size } = await stat(path);
  return { source: file(path, { id: key, size }), offset: 0, size };
}

/** The decompressed bytes of a payload. */
export function plainBytes({ content, compression }: Payload): AsyncIterable<Uint8Array> {
  if (compression === 'lz4') return decompressLz4(content);
  if (compression === 'xz') return decompressXz(content);
  return decompress(readContent(content));
}

async function* limited(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > LIMIT) throw new KernelPayloadError(`it decompresses to more than ${LIMIT} bytes`);
    yield chunk;
  }
}
