import { constants, gunzipSync, gzipSync } from 'node:zlib';
import { compress, rewrite, transcode, type DeflateErrorCode, type Op } from './index.js';
import { chunked, collect, random, sampleText } from './__tests__/bytes.js';

const PLAIN = sampleText(250_000);
const GZIP = gzipSync(PLAIN);
const ALL: Op = { keep: [0, PLAIN.length] };

const edit = (ops: Op[], gzip = GZIP): Promise<Buffer> => collect(transcode(chunked(gzip, 10_000), ops));

const REFUSED: [string, Op[], DeflateErrorCode][] = [
  ['a keep that reaches behind the end', [{ keep: [5, PLAIN.length + 1] }], 'keep-past-end'],
  ['a keep that begins behind the end', [{ keep: [PLAIN.length + 5, PLAIN.length + 6] }], 'keep-past-end'],
  ['an empty keep behind the end', [ALL, { keep: [PLAIN.length + 1, PLAIN.length + 1] }], 'keep-past-end'],
  ['overlapping keeps', [{ keep: [0, 5] }, { keep: [4, 6] }], 'bad-ops'],
  ['a value that is not a step', [{ keep: 8 } as never], 'bad-ops'],
];

function noiseOf(size: number): Buffer {
  const next = random(3);
  return Buffer.from(Array.from({ length: size }, () => next(256)));
}

describe('transcode', () => {
  it('copies unchanged blocks bit for bit', async () => {
    const packed = await edit([ALL]);
    const firstBlocks = GZIP.length >> 1;
    // The first bit of the first block may differ: it tells whether the block is the last one.
    expect(packed.subarray(11, firstBlocks).equals(GZIP.subarray(11, firstBlocks))).toBe(true);
  });

  it('copies unchanged blocks behind an insert, at another bit offset', async () => {
    const packed = await edit([{ insert: Buffer.from('a header') }, ALL]);
    expect(packed.length).toBeLessThan(GZIP.length + 16);
  });

  it('keeps the codes of a block in which little changes', async () => {
    // The input has fixed codes, which a fresh block of these tokens would not have.
    const fixed = gzipSync(PLAIN, { strategy: constants.Z_FIXED });
    const fresh = gzipSync(PLAIN).length;
    expect(fixed.length).toBeGreaterThan(fresh + 10_000);
    const kept: Op[] = [
      { keep: [0, 100_000] },
      { insert: Buffer.from('a header') },
      { keep: [100_003, PLAIN.length] },
    ];
    const packed = await edit(kept, fixed);
    expect(Math.abs(packed.length - fixed.length)).toBeLessThan(100);
    const expected = Buffer.concat([
      PLAIN.subarray(0, 100_000),
      Buffer.from('a header'),
      PLAIN.subarray(100_003),
    ]);
    expect(gunzipSync(packed).equals(expected)).toBe(true);
  });

  it('restarts a block behind inserted bytes that the block has no codes for', async () => {
    const strange = Buffer.from('0123456789 ABCDEFGHIJKLMNOPQRSTUVWXYZ');
    expect(strange.some((byte) => byte !== 32 && PLAIN.includes(byte))).toBe(false);
    const packed = await edit([
      { keep: [0, 100_000] },
      { insert: strange },
      { keep: [100_000, PLAIN.length] },
    ]);
    expect(packed.length).toBeLessThan(GZIP.length + 200);
    const expected = Buffer.concat([PLAIN.subarray(0, 100_000), strange, PLAIN.subarray(100_000)]);
    expect(gunzipSync(packed).equals(expected)).toBe(true);
  });

  it('gives matches into other kept regions a new distance', async () => {
    const noise = noiseOf(4000);
    const gzip = gzipSync(Buffer.concat([noise, Buffer.alloc(100), noise]));
    const packed = await edit([{ keep: [0, 4000] }, { keep: [4100, 8100] }], gzip);
    expect(gunzipSync(packed).equals(Buffer.concat([noise, noise]))).toBe(true);
    expect(packed.length).toBeLessThan(4300);
  });

  it('stays near the size of compressing again, with a header every 4 kB', async () => {
    const ops: Op[] = [];
    for (let at = 0; at < PLAIN.length; at += 4000) {
      ops.push({ insert: Buffer.from(`070701${String(at).padStart(104, '0')}usr/lib/file-${at}\0`) });
      ops.push({ keep: [at, Math.min(at + 4000, PLAIN.length)] });
    }
    const again = await collect(compress(rewrite(chunked(PLAIN, 1 << 16), ops)));
    expect((await edit(ops)).length).toBeLessThan(1.05 * again.length);
  });

  it('stores bytes that do not compress', async () => {
    const noise = noiseOf(200_000);
    const packed = await edit([{ keep: [0, 70_000] }, { keep: [70_001, 200_000] }], gzipSync(noise));
    expect(packed.length).toBeLessThan(noise.length + 100);
  });

  it.each(REFUSED)('refuses %s', async (_, ops, code) => {
    await expect(edit(ops)).rejects.toMatchObject({ code });
  });

  it('writes several members as one, with a header that Linux accepts', async () => {
    const packed = await edit([{ keep: [0, 2 * PLAIN.length] }], Buffer.concat([GZIP, GZIP]));
    expect(packed.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff');
    expect(packed.readUInt32LE(packed.length - 4)).toBe(2 * PLAIN.length);
    expect(gunzipSync(packed).equals(Buffer.concat([PLAIN, PLAIN]))).toBe(true);
  });

  it('can be stopped halfway, and works again afterwards', async () => {
    for await (const chunk of transcode(chunked(GZIP, 100), [ALL])) if (chunk.length > 0) break;
    expect(gunzipSync(await edit([ALL])).equals(PLAIN)).toBe(true);
  });
});
