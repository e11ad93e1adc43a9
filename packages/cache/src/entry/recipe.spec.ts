import { deflateRawSync } from 'node:zlib';
import * as fc from 'fast-check';
import { OpList, PARTS_LIMIT, readRecipe, writeRecipe, type Op } from './recipe.js';
import { varint, VarintReader } from './varint.js';

const SHA256 = 'ab'.repeat(32);
const number = fc.integer({ min: 0, max: 2 ** 45 });
const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({
    pack: fc.integer({ min: 0, max: 4 }),
    offset: number,
    length: number.filter((length) => length > 0),
  }),
  fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => ({ literal: Buffer.from(bytes) })),
);

/** A recipe whose parts are these bytes. */
const parts = (bytes: Buffer) =>
  deflateRawSync(Buffer.concat([varint(1), varint(5), Buffer.alloc(32), bytes]), { level: 1 });

test('a recipe is read as it was written', () => {
  fc.assert(
    fc.property(number, fc.array(op), (size, ops) => {
      const recipe = { size, sha256: SHA256, ops };
      expect(readRecipe(writeRecipe(recipe), 5)).toEqual(recipe);
    }),
    { numRuns: 100 },
  );
});

test('numbers of up to 53 bits are read as they were written', () => {
  for (const value of [0, 1, 127, 128, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    expect(new VarintReader(varint(value)).number()).toBe(value);
  }
});

test('neighbours become one', () => {
  const list = new OpList();
  list.literal(Buffer.from('a'));
  list.literal(Buffer.from('b'));
  list.run(0, 0, 10);
  list.run(0, 10, 5);
  list.run(0, 16, 1);
  list.run(1, 17, 1);
  list.literal(Buffer.from('c'));
  expect(list.end()).toEqual([
    { literal: Buffer.from('ab') },
    { pack: 0, offset: 0, length: 15 },
    { pack: 0, offset: 16, length: 1 },
    { pack: 1, offset: 17, length: 1 },
    { literal: Buffer.from('c') },
  ]);
});

test.each([
  ['bytes that do not inflate', Buffer.from([0xff, 0xff])],
  ['a recipe that inflates to more than memory holds', deflateRawSync(Buffer.alloc(300 << 20))],
  [
    'a recipe of many empty parts, each of which takes a hundred times its byte of memory',
    parts(Buffer.alloc(1 << 20)),
  ],
  [
    'a recipe of more parts than an entry has',
    parts(Buffer.alloc(2 * (PARTS_LIMIT + 1), Buffer.concat([varint(2), Buffer.from('a')]))),
  ],
  ['another version', deflateRawSync(Buffer.from([9]))],
  ['an end within the hash', deflateRawSync(Buffer.concat([varint(1), varint(5), Buffer.alloc(7)]))],
  ['a number without an end', deflateRawSync(Buffer.concat([varint(1), Buffer.alloc(20, 0xff)]))],
  [
    'a pack that the entry does not have',
    writeRecipe({ size: 1, sha256: SHA256, ops: [{ pack: 5, offset: 0, length: 1 }] }),
  ],
  [
    'a literal that is longer than the rest',
    deflateRawSync(Buffer.concat([varint(1), varint(5), Buffer.alloc(32), varint(2000)])),
  ],
])('%s is a damaged entry', (_, bytes) => {
  expect(() => readRecipe(bytes, 5)).toThrow(expect.objectContaining({ code: 'damaged-entry' }));
});
