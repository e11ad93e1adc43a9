import * as fc from 'fast-check';
import type { Range } from '../place/place.js';
import { joined, missing } from './intervals.js';

const range = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 9 }))
  .map(([start, length]) => ({
    start,
    end: start + length,
  }));
const bytesOf = (ranges: readonly Range[]) =>
  new Set(ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));

test('what is missing and what is present are together what is wanted', () => {
  fc.assert(
    fc.property(fc.array(range), fc.array(range), (a, b) => {
      const [wanted, present] = [joined(a, 0), joined(b, 0)];
      const [have, lack] = [bytesOf(present), bytesOf(missing(wanted, present))];
      expect(bytesOf(wanted)).toEqual(bytesOf(a));
      expect(lack).toEqual(new Set([...bytesOf(wanted)].filter((byte) => !have.has(byte))));
    }),
    { numRuns: 200 },
  );
});

test('a small gap is read with what lies around it, and a large one is not', () => {
  expect(
    joined(
      [
        { start: 30, end: 40 },
        { start: 0, end: 10 },
      ],
      20,
    ),
  ).toEqual([{ start: 0, end: 40 }]);
  expect(
    joined(
      [
        { start: 31, end: 40 },
        { start: 0, end: 10 },
      ],
      20,
    ),
  ).toHaveLength(2);
});
