import { gunzipSync, gzipSync } from 'node:zlib';
import { DeflateError, transcode, type DeflateErrorCode } from './index.js';
import { chunked, collect, random, sampleText } from './__tests__/bytes.js';
import { gzipMember, randomGzip, randomPlain } from './__tests__/inputs.js';

const TEXT = sampleText(300);
const SMALL = gzipSync(TEXT, { level: 9 });
const STORED = gzipSync(TEXT.subarray(0, 100), { level: 0 });
/** A member with all optional header fields, the header's checksum among them. */
const FIELDS = gzipMember(SMALL.subarray(10, -8), TEXT, 30);

const read = (gzip: Uint8Array, chunk = 1 << 16): Promise<Buffer> =>
  collect(transcode(chunked(gzip, chunk), [{ keep: [0, 1] }]));

function flipped(gzip: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(gzip);
  copy[bit >> 3] ^= 1 << (bit & 7);
  return copy;
}

const WRONG: [string, Buffer, DeflateErrorCode][] = [
  ['nothing', Buffer.alloc(0), 'truncated'],
  ['a zip file', Buffer.from('PK\x03\x04 and so on'), 'not-gzip'],
  ['zstd', Buffer.from('28b52ffd00', 'hex'), 'not-gzip'],
  ['a byte after the member', Buffer.concat([SMALL, Buffer.from('x')]), 'not-gzip'],
  ['zeros after the member', Buffer.concat([SMALL, Buffer.alloc(512)]), 'not-gzip'],
  ['half a header after the member', Buffer.concat([SMALL, SMALL.subarray(0, 5)]), 'truncated'],
  ['another method than deflate', flipped(SMALL, 2 * 8), 'damaged'],
  ['a reserved flag', flipped(SMALL, 3 * 8 + 5), 'damaged'],
  ['a header that does not match its checksum', flipped(FIELDS, 4 * 8), 'damaged'],
  ['a wrong checksum', flipped(SMALL, (SMALL.length - 8) * 8), 'crc-mismatch'],
  ['a wrong size', flipped(SMALL, (SMALL.length - 1) * 8), 'length-mismatch'],
  [
    'a wrong checksum in the first of two members',
    Buffer.concat([flipped(SMALL, (SMALL.length - 8) * 8), SMALL]),
    'crc-mismatch',
  ],
  [
    'a wrong size in the second of two members',
    Buffer.concat([SMALL, flipped(SMALL, (SMALL.length - 1) * 8)]),
    'length-mismatch',
  ],
];

describe('transcode of damaged input', () => {
  it.each(WRONG)('refuses %s', async (_, gzip, code) => {
    for (const size of [1, 7, 1 << 16]) await expect(read(gzip, size)).rejects.toMatchObject({ code });
  });

  it.each([
    ['compressed', SMALL],
    ['stored', STORED],
    ['with all header fields', FIELDS],
    ['of two members', Buffer.concat([STORED, STORED])],
  ])('refuses an input %s that is cut off at any byte', async (_, gzip) => {
    for (let length = 0; length < gzip.length; length++) {
      if (length === STORED.length) continue;
      await expect(read(gzip.subarray(0, length))).rejects.toMatchObject({ code: 'truncated' });
    }
  });

  it.each([
    ['compressed', SMALL],
    ['stored', STORED],
    ['with all header fields', FIELDS],
  ])('takes an input %s with any bit flipped if and only if zlib does', async (_, gzip) => {
    const plain = gunzipSync(gzip);
    for (let bit = 0; bit < gzip.length * 8; bit++) {
      const damaged = flipped(gzip, bit);
      const verdict = await verdictOf(damaged);
      expect({ bit, verdict }).toEqual({ bit, verdict: zlibTakes(damaged) });
      if (verdict) {
        const packed = await collect(transcode(chunked(damaged, 50), [{ keep: [0, plain.length] }]));
        expect(gunzipSync(packed).equals(plain)).toBe(true);
      }
    }
  });

  it('takes larger inputs with bytes overwritten if and only if zlib does', async () => {
    const next = random(7);
    for (let i = 0; i < 100; i++) {
      const plain = randomPlain(next, 30_000);
      const damaged = Buffer.from(i % 3 ? gzipSync(plain, { level: next(10) }) : randomGzip(next, plain));
      const at = 10 + next(damaged.length - 10);
      for (let n = 0; n <= next(4); n++) damaged[Math.min(damaged.length - 1, at + n)] = next(256);
      if (await verdictOf(damaged)) expect(zlibTakes(damaged)).toBe(true);
      else if (i % 3) expect(zlibTakes(damaged)).toBe(false);
    }
  });
});

/** Whether `transcode` accepts the input. An error other than a DeflateError fails the test. */
async function verdictOf(gzip: Uint8Array): Promise<boolean> {
  try {
    await read(gzip, 1000);
    return true;
  } catch (error) {
    if (error instanceof DeflateError) return false;
    throw error;
  }
}

function zlibTakes(gzip: Uint8Array): boolean {
  try {
    gunzipSync(gzip);
    return true;
  } catch {
    return false;
  }
}
