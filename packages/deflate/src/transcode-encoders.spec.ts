import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { rewrite, transcode, type Op } from './index.js';
import { chunked, collect, random } from './__tests__/bytes.js';
import { randomOps } from './__tests__/fuzz.js';

// One tar, as each encoder writes it; make.sh beside them made them.
const FIXTURES = join(__dirname, '__fixtures__');
const ENCODERS = readdirSync(FIXTURES)
  .filter((name) => name.endsWith('.gz'))
  .sort();
const PLAIN = gunzipSync(readFileSync(join(FIXTURES, ENCODERS[0])));

describe('transcode of what encoders write', () => {
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
});
