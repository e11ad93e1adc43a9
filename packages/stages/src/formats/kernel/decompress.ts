import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import { decompress } from '@nx-linuxkit/oci';
import { readContent, type Content } from '@nx-linuxkit/tree';
import { sha256 } from '../../output.js';
import type { Pipeline } from '../../pipeline.js';
import { decompressLz4 } from './lz4.js';
import { KernelPayloadError } from './payload-error.js';
import { findPayload, type Payload } from './payload.js';
import { decompressXz } from './xz.js';

/** Bumped when the same kernel decompresses to other bytes. */
const VERSION = 1;
/** Twice the largest vmlinux with all its debug information; below it, a payload is no attack. */
const LIMIT = 2 ** 30;

/** The kernel as it runs, for machines that do not decompress it; one that is not compressed stays as it is. */
export async function decompressKernel(pipeline: Pipeline, kernel: Content): Promise<Content> {
  const { store } = pipeline.environment;
  const payload = await findPayload(kernel);
  if (!payload) return kernel;
  const key = `vmlinux${VERSION}-${sha256([kernel.source.id, kernel.offset, kernel.size].join())}`;
  const path =
    (await store.find('result', key)) ??
    (await store.put('result', key, (temporary) =>
      pump(Readable.from(limited(plainBytes(payload))), createWriteStream(temporary)),
    ));
  const { size } = await stat(path);
  return { source: pipeline.file(path, { id: key, size }), offset: 0, size };
}

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
