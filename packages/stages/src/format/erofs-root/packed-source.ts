import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { PACKING, packContents, readPackedContents, type PackedVolume } from '@nx-linuxkit/disk';
import { once } from '@nx-linuxkit/oci';
import type { Content } from '@nx-linuxkit/tree';
import type { Context } from '../../context.js';
import { readBytes } from '../kernel/read-bytes.js';

/** Formats of one build ask for the same contents at the same time. */
const making = new Map<string, Promise<string>>();

/**
 * Gives contents of one source, such as the files of a layer, compressed for an erofs: out of the store, or compressed now. Source
 * and places name them, so systems with the same image share them, and another image changes its own alone.
 */
export async function packedSource(
  contents: readonly Content[],
  { store, file }: Pick<Context, 'store' | 'file'>,
): Promise<PackedVolume> {
  const ordered = contents.toSorted((a, b) => a.offset - b.offset || a.size - b.size);
  const source = ordered[0].source.id;
  const id = `erofs-${PACKING}-${digestOf(source, ordered)}`;
  const path = await once(making, `${store.dir} ${id}`, async () => {
    const known = await store.find('part', id);
    return known ?? store.put('part', id, (temporary) => write(packContents(ordered), temporary));
  });
  const { size } = await stat(path);
  const whole: Content = { source: file(path, { id, size }), offset: 0, size };
  const packed = await readPackedContents(size, (start, end) => readBytes(whole, start, end - start));
  return { source, contents: packed, blocks: { ...whole, size: packed.size } };
}

function digestOf(source: string, contents: readonly Content[]): string {
  const hash = createHash('sha256').update(`${source}\n`);
  for (const { offset, size } of contents) hash.update(`${offset} ${size}\n`);
  return hash.digest('hex');
}

async function write(chunks: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  await pipeline(Readable.from(chunks, { objectMode: true, highWaterMark: 2 }), createWriteStream(path));
}
