import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { noise } from '../__tests__/archive.js';
import { AVERAGE, Chunker, MAXIMUM, MINIMUM } from './chunker.js';

/** The chunks of a stream that arrives in parts of these sizes, again and again. */
function chunksOf(bytes: Buffer, sizes: readonly number[] = [bytes.length]): Buffer[] {
  const chunks: Buffer[] = [];
  const chunker = new Chunker((chunk) => chunks.push(Buffer.from(chunk)));
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes[i % sizes.length]);
    chunker.push(bytes.subarray(at, at + size));
    at += size;
  }
  chunker.end();
  return chunks;
}

const BYTES = noise(1, 1 << 20);

test('chunks are the stream, and are cut at the same places however it arrives', () => {
  const expected = chunksOf(BYTES);
  expect(Buffer.concat(expected).equals(BYTES)).toBe(true);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 5 }), (sizes) => {
      expect(chunksOf(BYTES, sizes).map(({ length }) => length)).toEqual(
        expected.map(({ length }) => length),
      );
    }),
    { numRuns: 20 },
  );
});

test('all but the last chunk keep the limits, and their average is about the one that is named', () => {
  const lengths = chunksOf(BYTES).map(({ length }) => length);
  for (const length of lengths.slice(0, -1)) {
    expect(length).toBeGreaterThan(MINIMUM);
    expect(length).toBeLessThanOrEqual(MAXIMUM);
  }
  expect(BYTES.length / lengths.length).toBeGreaterThan(AVERAGE / 2);
  expect(BYTES.length / lengths.length).toBeLessThan(AVERAGE * 2);
});

test.each([
  [
    'a byte changes',
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 500_000), Buffer.from('!'), bytes.subarray(500_001)]),
  ],
  [
    'a byte is inserted',
    (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 500_000), Buffer.from('!'), bytes.subarray(500_000)]),
  ],
  ['the beginning is missing', (bytes: Buffer) => bytes.subarray(12_345)],
])('when %s, at most three chunks are new', (_, change) => {
  const known = new Set(chunksOf(BYTES).map((chunk) => chunk.toString('latin1')));
  const added = chunksOf(change(BYTES)).filter((chunk) => !known.has(chunk.toString('latin1')));
  expect(added.length).toBeLessThanOrEqual(3);
});

test('equal bytes without end are cut at the maximum', () => {
  const lengths = chunksOf(Buffer.alloc(10 * MAXIMUM)).map(({ length }) => length);
  expect(new Set(lengths).size).toBe(1);
});

test('the cuts are those of all versions, or stored chunks would be found no more', () => {
  const lengths = chunksOf(BYTES).map(({ length }) => length);
  expect(createHash('sha256').update(JSON.stringify(lengths)).digest('hex').slice(0, 16)).toBe(
    '0ddea75b7c6dd24a',
  );
});
