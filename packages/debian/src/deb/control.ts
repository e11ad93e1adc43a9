import { readFile } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { TarIndexer } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import type { BlobStore } from '../store.js';
import { arMembers } from './ar.js';
import { decompress } from './decompress.js';

/** Bytes of an unpacked control.tar. The largest of bookworm has 4 MB, for the checksums of a hundred thousand files. */
const LARGEST_CONTROL = 32 << 20;

/**
 * Returns the fields of a package: the file `control` in the control.tar of its .deb (deb-control(5)). The store keeps the
 * text; the .deb is verified whenever that has to be made. Throws `bad-format`.
 */
export async function readControl(store: BlobStore, digest: `sha256:${string}`): Promise<string> {
  const key = `deb-control-${digest.slice('sha256:'.length)}`;
  const known = await store.find('layer', key);
  const path = known ?? (await store.put('layer', key, (temporary) => extract(store, digest, temporary)));
  return readFile(path, 'utf8');
}

/** The whole .deb is read, because the store verifies it at its end. */
async function extract(store: BlobStore, digest: `sha256:${string}`, temporary: string): Promise<void> {
  let control: Buffer | undefined;
  for await (const { name, body } of arMembers(store.read(digest), digest)) {
    if (!name.startsWith('control.tar')) continue;
    if (control) throw new DebianError('bad-format', `${digest} has two control.tar members`);
    control = controlIn(await collect(decompress(name, body), digest), digest);
  }
  if (!control) throw new DebianError('bad-format', `${digest} has no control.tar, so it is not a .deb`);
  await pipeline([control], createWriteStream(temporary));
}

async function collect(bytes: AsyncIterable<Uint8Array>, digest: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > LARGEST_CONTROL)
      throw new DebianError('bad-format', `${digest}: control.tar has more than ${LARGEST_CONTROL} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function controlIn(tar: Buffer, digest: string): Buffer {
  const indexer = new TarIndexer();
  indexer.write(tar);
  const found = indexer.end().find(({ path, type }) => path === 'control' && type === 'file');
  if (!found) throw new DebianError('bad-format', `${digest}: control.tar has no file control`);
  return tar.subarray(found.offset, found.offset + found.size);
}
