import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DeflateError, rewrite, transcode, type Op } from './index.js';
import { chunked, collect, random } from './__tests__/bytes.js';
import { randomOps } from './__tests__/plans.js';

// One tar as each encoder compresses it; __fixtures__/make.sh made these files.
const FIXTURES = join(__dirname, '__fixtures__');
const ENCODERS = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.gz'))
  .sort();
const PLAIN = gunzipSync(readFileSync(join(FIXTURES, ENCODERS[0])));

describe('transcode of the output of other encoders', () => {
  it('has fixtures of the same tar', () => {
    for (const name of ENCODERS)
      expect(gunzipSync(readFileSync(join(FIXTURES, name))).equals(PLAIN)).toBe(true);
  });

  it.each(ENCODERS)('%s', async (name) => {
    const gzip = readFileSync(join(FIXTURES, name));
    const plans: Op[][] = [
      [{ keep: [0, PLAIN.length] }],
      ...[1, 2, 3, 4].map((i) => randomOps(random(i), PLAIN.length)),
    ];
    for (const ops of plans) {
      const packed = await collect(transcode(chunked(gzip, 10_000), ops));
      const expected = await collect(rewrite(chunked(PLAIN, 1 << 16), ops));
      expect(gunzipSync(packed).equals(expected)).toBe(true);
    }
  });

  it.each(ENCODERS)('refuses %s with a flipped bit, unless its plain bytes are the same', async (name) => {
    const gzip = readFileSync(join(FIXTURES, name));
    const next = random(7);
    for (let i = 0; i < 60; i++) {
      const damaged = Buffer.from(gzip);
      // The first flips hit the headers of the member and of its first block.
      damaged[i < 20 ? i : next(gzip.length)] ^= 1 << next(8);
      let packed: Buffer;
      try {
        packed = await collect(transcode(chunked(damaged, 10_000), [{ keep: [0, PLAIN.length] }]));
      } catch (error) {
        expect(error).toBeInstanceOf(DeflateError);
        continue;
      }
      expect(gunzipSync(packed).equals(PLAIN)).toBe(true);
    }
  });
});
