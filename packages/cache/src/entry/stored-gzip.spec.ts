import { spawnSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { noise } from '../__tests__/archive.js';
import { StoredGzip } from './stored-gzip.js';

test.each([0, 1, 65_535, 65_536, 200_000])('%i bytes are a gzip file that Node and gzip read', (size) => {
  const bytes = noise(size, size);
  const gzip = new StoredGzip();
  const half = size >> 1;
  const file = Buffer.concat([
    gzip.begin(),
    ...gzip.blocks(bytes.subarray(0, half)),
    ...gzip.blocks(bytes.subarray(half)),
    gzip.end(),
  ]);
  expect(gunzipSync(file).equals(bytes)).toBe(true);
  expect(spawnSync('gzip', ['-t'], { input: file }).status).toBe(0);
});
