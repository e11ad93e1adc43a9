import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHUNK, sha256 } from '../seal.js';
import { compareFiles } from './compare-files.js';

const folder = mkdtempSync(join(tmpdir(), 'compare-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BYTES = Buffer.alloc(2 * CHUNK + 7, 'some bytes');

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

function changedAt(offset: number): Buffer {
  const bytes = Buffer.from(BYTES);
  bytes[offset] ^= 1;
  return bytes;
}

it('equal files have one sha256 and no difference', async () => {
  const compared = await compareFiles(write('a', BYTES), write('b', BYTES));
  expect(compared).toEqual({ actual: sha256(BYTES), expected: sha256(BYTES) });
});

it('empty files are equal', async () => {
  const compared = await compareFiles(write('a', Buffer.alloc(0)), write('b', Buffer.alloc(0)));
  expect(compared).toEqual({ actual: sha256(''), expected: sha256('') });
});

it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, BYTES.length - 1])(
  'a byte that differs at %d is found',
  async (offset) => {
    const changed = changedAt(offset);
    const compared = await compareFiles(write('a', changed), write('b', BYTES));
    expect(compared).toEqual({ actual: sha256(changed), expected: sha256(BYTES), firstDifference: offset });
  },
);

it.each([0, 1, CHUNK, 2 * CHUNK, BYTES.length - 1])(
  'a file that ends at %d differs there',
  async (length) => {
    const short = BYTES.subarray(0, length);
    const [a, b] = [write('a', short), write('b', BYTES)];
    expect(await compareFiles(a, b)).toMatchObject({ actual: sha256(short), firstDifference: length });
    expect(await compareFiles(b, a)).toMatchObject({ actual: sha256(BYTES), firstDifference: length });
  },
);

it('a missing file, a link and a folder are no files', async () => {
  const whole = write('b', BYTES);
  symlinkSync(whole, join(folder, 'link'));
  mkdirSync(join(folder, 'folder'));
  for (const name of ['missing', 'link', 'folder']) {
    const compared = await compareFiles(join(folder, name), whole);
    expect(compared).toEqual({ actual: undefined, expected: sha256(BYTES), firstDifference: 0 });
  }
});
