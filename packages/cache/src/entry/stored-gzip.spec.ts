import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { noise } from '../__tests__/archive.js';
import { StoredGzip } from './stored-gzip.js';

test.each([0, 1, 65_535, 65_536, 200_000, 16 * 65_535, 16 * 65_535 + 1, 3_000_000])(
  '%i bytes are a gzip file that Node and gzip read',
  async (size) => {
    const bytes = noise(size, size);
    const [parts, plain]: [Buffer[], Buffer[]] = [[], []];
    const gzip = new StoredGzip({
      write: async (part) => void parts.push(Buffer.from(part)),
      plain: (part) => void plain.push(Buffer.from(part)),
    });
    const half = size >> 1;
    await gzip.add(bytes.subarray(0, half));
    await gzip.add(bytes.subarray(half));
    await gzip.finish();
    const file = Buffer.concat(parts);
    expect(Buffer.concat(plain).equals(bytes)).toBe(true);
    expect(gunzipSync(file).equals(bytes)).toBe(true);
    expect(spawnSync('gzip', ['-t'], { input: file }).status).toBe(0);
  },
);
