import { constants, gzipSync } from 'node:zlib';
import {
  BlockIndexer,
  inflate,
  transcode,
  type BlockIndex,
  type BlockIndexOptions,
  type Op,
} from './index.js';
import { WINDOW, stretchOf } from './block-index.js';
import { chunked, collect, sampleText } from './__tests__/bytes.js';

const PLAIN = sampleText(2_000_000);
const GZIP = gzipSync(PLAIN);
const ALL: Op[] = [{ insert: Buffer.from('a header') }, { keep: [0, PLAIN.length] }];
const oneFile = () => 0;

async function indexOf(
  gzip: Buffer,
  fileStart: (position: number) => number | undefined = oneFile,
  options?: BlockIndexOptions,
): Promise<BlockIndex | undefined> {
  let position = 0;
  const blocks = new BlockIndexer(() => fileStart(position), options);
  await inflate(chunked(gzip, 10_000), (bytes) => (position += bytes.length), blocks);
  return blocks.finish();
}

/** The output of an edit, and the number of plain bytes that it did not decode. */
async function edited(gzip: Buffer, ops: Op[], blocks?: BlockIndex): Promise<[Buffer, number]> {
  let skipped = 0;
  const packed = await collect(
    (async function* () {
      skipped = yield* transcode(chunked(gzip, 10_000), ops, blocks);
    })(),
  );
  return [packed, skipped];
}

function stretchesOf(blocks: BlockIndex | undefined): [number, number][] {
  const all: [number, number][] = [];
  for (let i = 0, stretch; blocks && (stretch = stretchOf(blocks, i)); i++)
    all.push([stretch.start.position, stretch.end.position]);
  return all;
}

describe('an index of blocks', () => {
  it('covers a large file from 32 KiB behind its start to its last block but one', async () => {
    const [[start, end], ...others] = stretchesOf(await indexOf(GZIP));
    expect(others).toEqual([]);
    expect(start).toBeGreaterThanOrEqual(WINDOW);
    expect(end).toBeLessThan(PLAIN.length);
    expect(end - start).toBeGreaterThan(0.8 * PLAIN.length);
  });

  it('covers neither the bytes between files nor short files', async () => {
    const files = [0, 100_000, 900_000];
    const blocks = await indexOf(GZIP, (position) => files.findLast((start) => start + 512 < position));
    const stretches = stretchesOf(blocks);
    expect(stretches).toHaveLength(2);
    for (const [start, end] of stretches) {
      expect(files.some((file) => start < file && file < end)).toBe(false);
      expect(end - start).toBeGreaterThanOrEqual(1 << 17);
    }
  });

  it('keeps the longest stretches if there are too many', async () => {
    const fileStart = (position: number) => (position < 1_200_000 ? 0 : 1_200_000);
    const all = stretchesOf(await indexOf(GZIP, fileStart));
    expect(all).toHaveLength(2);
    expect(stretchesOf(await indexOf(GZIP, fileStart, { most: 1 }))).toEqual([all[0]]);
  });

  it.each([
    ['stored blocks', gzipSync(PLAIN, { level: 0 })],
    ['a file too short for a stretch', gzipSync(PLAIN.subarray(0, 150_000))],
    ['a member with one block', gzipSync(Buffer.alloc(1_000_000))],
  ])('is empty for %s', async (_, gzip) => {
    expect(await indexOf(gzip)).toBeUndefined();
  });

  it('has no stretch across members', async () => {
    const half = PLAIN.length >> 1;
    const gzip = Buffer.concat([gzipSync(PLAIN.subarray(0, half)), gzipSync(PLAIN.subarray(half))]);
    const stretches = stretchesOf(await indexOf(gzip));
    expect(stretches).toHaveLength(2);
    expect(stretches.some(([start, end]) => start < half && end > half)).toBe(false);
  });
});

describe('transcode with an index of the blocks', () => {
  it.each<[string, Op[]]>([
    ['the file is kept', ALL],
    [
      'a byte in the middle of the file is dropped',
      [{ keep: [0, 999_999] }, { keep: [1_000_000, 2_000_000] }],
    ],
    ['the start of the file is dropped', [{ keep: [100, 2_000_000] }]],
    ['the file is dropped', [{ insert: Buffer.from('else') }]],
  ])('gives the same bytes as without it: %s', async (_, ops) => {
    const [without] = await edited(GZIP, ops);
    const [packed] = await edited(GZIP, ops, await indexOf(GZIP));
    expect(packed.equals(without)).toBe(true);
  });

  it.each(Object.entries({ 1: 1, 8: 8, 9: 9 }))(
    'gives the same bytes from blocks of memLevel %s',
    async (_, memLevel) => {
      const gzip = gzipSync(PLAIN, { memLevel, strategy: constants.Z_DEFAULT_STRATEGY });
      const [without] = await edited(gzip, ALL);
      const [packed] = await edited(gzip, ALL, await indexOf(gzip));
      expect(packed.equals(without)).toBe(true);
    },
  );

  it('does not decode stretches, and so does not see a change in one', async () => {
    const blocks = await indexOf(GZIP);
    const [whole, skipped] = await edited(GZIP, ALL, blocks);
    expect(skipped).toBeGreaterThan(0.8 * PLAIN.length);
    const changed = Buffer.from(GZIP);
    changed[GZIP.length >> 1]! ^= 0xff;
    const [packed] = await edited(changed, ALL, blocks);
    expect(packed.length).toBe(whole.length);
    expect(packed.equals(whole)).toBe(false);
    await expect(edited(changed, ALL)).rejects.toThrow();
  });

  it('refuses an input that ends in a stretch', async () => {
    const cut = GZIP.subarray(0, GZIP.length >> 1);
    await expect(edited(cut, ALL, await indexOf(GZIP))).rejects.toMatchObject({ code: 'truncated' });
  });

  it('decodes the whole input if its blocks are not those of the index', async () => {
    const other = gzipSync(sampleText(PLAIN.length, 5));
    const [without] = await edited(other, ALL);
    const [packed, skipped] = await edited(other, ALL, await indexOf(GZIP));
    expect(packed.equals(without)).toBe(true);
    expect(skipped).toBe(0);
  });
});
