import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent, type Content, type Entry } from '@nx-linuxkit/tree';
import { inodeOf } from '../../__tests__/sample-tree.js';
import { noise, run, scratch } from '../../__tests__/tools.js';
import { writeRaw } from '../../container/raw.js';
import { fileEntries } from '../../file-entries.js';
import { readBytes } from '../../image/image.js';
import { erofsImage } from '../image.js';
import { CLUSTER, isPackable, PACKING } from './clusters.js';
import { packContents } from './pack-contents.js';
import { readPackedContents } from './table.js';
import type { PackedVolume } from './volume.js';

const dir = scratch();
const BLOCK = 4096;

/** Lines that differ in one number. */
const text = (size: number, seed: string) =>
  Buffer.from(Array.from({ length: size / 16 + 1 }, (_, i) => `${seed}, line ${i}\n`).join('')).subarray(
    0,
    size,
  );

/** All packable contents of a tree, which have one source. */
async function packedOf(entries: readonly Entry[]): Promise<PackedVolume> {
  const all = entries.flatMap(({ inode: { content } }) => (content && isPackable(content) ? [content] : []));
  const contents = [...new Set(all)];
  const chunks: Uint8Array[] = [];
  for await (const chunk of packContents(contents)) chunks.push(chunk);
  const whole = bytesContent(Buffer.concat(chunks));
  const packed = await readPackedContents(whole.size, (start, end) => readBytes(whole, start, end));
  return { source: contents[0]!.source.id, contents: packed, blocks: { ...whole, size: packed.size } };
}

/** Entries whose contents lie one behind the other in one source, as those of a layer do. */
function inOneSource(files: Record<string, Buffer>): Entry[] {
  const { source } = bytesContent(Buffer.concat(Object.values(files)));
  let offset = 0;
  const contents = Object.entries(files).map(([path, { length: size }]): [string, Content] => {
    offset += size;
    return [path, { source, offset: offset - size, size }];
  });
  return fileEntries(Object.fromEntries(contents));
}

/** Sizes around the borders of blocks and clusters. */
const SIZES = [
  ...[0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1, 3 * BLOCK + 7],
  ...[CLUSTER - 1, CLUSTER, CLUSTER + 1, CLUSTER + BLOCK - 1, CLUSTER + BLOCK, CLUSTER + BLOCK + 1],
  ...[3 * CLUSTER, 20 * CLUSTER + 12_345],
];
const half = (size: number) =>
  Buffer.concat([text(Math.floor(size / 2), `t${size}`), noise(Math.ceil(size / 2), `n${size}`)]);
const files = Object.fromEntries(
  SIZES.flatMap((size) => [
    [`text-${size}`, text(size, `text ${size}`)],
    [`noise-${size}`, noise(size, `noise ${size}`)],
    [`half-${size}`, half(size)],
    [`zeros-${size}`, Buffer.alloc(size)],
  ]),
);

describe('a compressed erofs', () => {
  const path = join(dir, 'volume');
  beforeAll(async () => {
    const entries = inOneSource(files);
    await writeRaw(erofsImage(entries, { packed: [await packedOf(entries)] }), path);
    run('fsck.erofs', `--extract=${join(dir, 'out')}`, path);
  });

  test.each(Object.keys(files))('fsck.erofs gives back %s', (name) => {
    expect(readFileSync(join(dir, 'out', name)).equals(files[name]!)).toBe(true);
  });

  test('is smaller than one that is not', async () => {
    await writeRaw(erofsImage(inOneSource(files)), join(dir, 'plain'));
    expect(statSync(path).size).toBeLessThan(statSync(join(dir, 'plain')).size * 0.6);
  });

  test('says which features a kernel needs', () => {
    const features = run('dump.erofs', '-s', path);
    expect(features).toMatch(/features:.*0padding/i);
  });
});

test('packed contents have the same bytes each time', async () => {
  const entries = inOneSource(files);
  const [one, two] = [await packedOf(entries), await packedOf(entries)];
  expect(one.blocks.source.id).toBe(two.blocks.source.id);
});

test('PACKING names these bytes: the store keeps them under it, so other bytes need another name', async () => {
  const { blocks } = await packedOf(inOneSource(files));
  const bytes = await readBytes({ ...blocks, size: blocks.source.size });
  const digest = createHash('sha256').update(bytes).digest('hex');
  expect({ [PACKING]: digest }).toEqual({
    'lz4-1': 'ed5160a0678045aa8aec583f71f0f55066545c5bece819907904035fee7ec5ae',
  });
});

test.each([1, 7, 8, 300])('a packed file may have an attribute of %d bytes', async (length) => {
  const xattrs = new Map([['user.tag', noise(length, 'tag')]]);
  const entries = inOneSource({ f: half(100_000) }).map(({ path, inode }) => ({
    path,
    inode: path === 'f' ? { ...inode, xattrs } : inode,
  }));
  const path = join(dir, `tag-${length}`);
  await writeRaw(erofsImage(entries, { packed: [await packedOf(entries)] }), path);
  run('fsck.erofs', `--extract=${path}.d`, path);
  expect(readFileSync(join(`${path}.d`, 'f')).equals(half(100_000))).toBe(true);
});

test('a changed file of one source leaves the blocks of another as they are', async () => {
  const kept = inOneSource({ 'a/kept': text(300_000, 'kept') });
  const write = async (size: number) => {
    const changed = inOneSource({ 'b/changed': text(size, 'changed') });
    const entries = [...kept, ...changed.filter(({ path }) => path !== '')];
    const image = erofsImage(entries, { packed: [await packedOf(kept), await packedOf(changed)] });
    await writeRaw(image, join(dir, `of-${size}`));
    return readFileSync(join(dir, `of-${size}`));
  };
  const { blocks } = await packedOf(kept);
  const bytes = await readBytes(blocks);
  for (const size of [100_000, 200_000]) expect((await write(size)).includes(bytes)).toBe(true);
});

test('hard links and equal contents share one place', async () => {
  const [file] = inOneSource({ f: text(200_000, 'f') }).slice(1);
  const inode = file!.inode;
  const root = inodeOf('dir', 0o755);
  const entries: Entry[] = [
    { path: '', inode: root },
    { path: 'a', inode },
    { path: 'b', inode },
    { path: 'c', inode: { ...inode, mode: 0o600 } },
  ];
  await writeRaw(erofsImage(entries, { packed: [await packedOf(entries)] }), join(dir, 'links'));
  run('fsck.erofs', `--extract=${join(dir, 'links.d')}`, join(dir, 'links'));
  for (const name of ['a', 'b', 'c'])
    expect(readFileSync(join(dir, 'links.d', name)).equals(text(200_000, 'f'))).toBe(true);
  expect(statSync(join(dir, 'links')).size).toBeLessThan(200_000);
});

test('bytes that are no packed contents are refused', async () => {
  const read = (bytes: Buffer) =>
    readPackedContents(bytes.length, async (start, end) => bytes.subarray(start, end));
  await expect(read(Buffer.alloc(3))).rejects.toMatchObject({ code: 'short-content' });
  await expect(read(Buffer.alloc(100, 1))).rejects.toMatchObject({ code: 'short-content' });
});
