import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { noise } from '../__tests__/archive.js';
import { temporaryFolders } from '../__tests__/folder.js';
import { TarSegmenter } from './tar-segmenter.js';

interface Segmented {
  readonly all: Buffer;
  /** The contents of each file. */
  readonly contents: readonly Buffer[];
}

function segment(bytes: Buffer, size: number): Segmented {
  const all: Buffer[] = [];
  const contents: Buffer[] = [];
  let current: Buffer[] = [];
  const segmenter = new TarSegmenter({
    literal: (part) => void all.push(Buffer.from(part)),
    content: (part) => {
      all.push(Buffer.from(part));
      current.push(Buffer.from(part));
    },
    endOfContent: () => {
      contents.push(Buffer.concat(current));
      current = [];
    },
  });
  for (let at = 0; at < bytes.length; at += size) segmenter.push(bytes.subarray(at, at + size));
  segmenter.end();
  return { all: Buffer.concat(all), contents };
}

const folder = temporaryFolders()();
const FILES = { large: noise(1, 70_000), exact: noise(2, 2048), small: Buffer.from('hello') };
mkdirSync(join(folder, 'dist'));
for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(folder, 'dist', name), bytes);

describe.each(['gnu', 'ustar', 'posix'])('an archive of GNU tar in the format %s', (format) => {
  const bytes = execFileSync('tar', ['-c', `--format=${format}`, '--sort=name', '-C', folder, 'dist']);

  it.each([1, 511, 512, 10_000, 1 << 20])(
    'in parts of %i bytes gives the contents of its larger files',
    (size) => {
      const { all, contents } = segment(bytes, size);
      expect(all.equals(bytes)).toBe(true);
      expect(contents).toEqual([FILES.exact, FILES.large]);
    },
  );
});

test('an archive that ends early is still all of its bytes', () => {
  const bytes = execFileSync('tar', ['-c', '--sort=name', '-C', folder, 'dist']);
  for (const end of [100, 512, 5000, 40_000, bytes.length - 700]) {
    expect(segment(bytes.subarray(0, end), 4096).all.equals(bytes.subarray(0, end))).toBe(true);
  }
});

test('any bytes are accepted, and stay what they are', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 700 }), (bytes, size) => {
      expect(segment(Buffer.from(bytes), size).all.equals(Buffer.from(bytes))).toBe(true);
    }),
    { numRuns: 100 },
  );
});
