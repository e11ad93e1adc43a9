import fc from 'fast-check';
import { bytesContent, type Content } from '@nx-linuxkit/tree';
import { DIGEST, FactTable, type ContentFacts } from './fact-table.js';

const BLOCK = 100;
const { source } = bytesContent('');
const contentAt = (offset: number, size: number): Content => ({ source, offset, size });

/** Facts with a digest for each block, all of one byte. */
function factsOf({ size }: Content, byte: number): ContentFacts {
  const digests = Array.from({ length: Math.ceil(size / BLOCK) }, () => Buffer.alloc(DIGEST, byte));
  return { digests, crc32: byte };
}

const content = fc
  .tuple(fc.constantFrom(0, 7, 2 ** 40), fc.integer({ min: 1, max: 350 }))
  .map(([offset, size]) => contentAt(offset, size));

it('a table has the facts of all its contents, those of one offset too, before it was encoded and after', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(content, { selector: ({ offset, size }) => `${offset} ${size}` }),
      (contents) => {
        const table = FactTable.empty(BLOCK);
        contents.forEach((one, i) => table.add(one, factsOf(one, i)));
        const again = FactTable.decode(table.encode(), BLOCK)!;
        for (const [i, one] of contents.entries()) {
          for (const each of [table, again]) {
            const { digests, crc32 } = each.find(one)!;
            expect({ digests: digests.map((digest) => Buffer.from(digest)), crc32 }).toEqual(factsOf(one, i));
          }
        }
        expect(again.find(contentAt(8, 10))).toBeUndefined();
        expect(again.find(contentAt(0, 1000))).toBeUndefined();
      },
    ),
  );
});

it('a table that was decoded takes more', () => {
  const [first, second] = [contentAt(0, 250), contentAt(0, 10)];
  const table = FactTable.empty(BLOCK);
  table.add(first, factsOf(first, 1));
  const again = FactTable.decode(table.encode(), BLOCK)!;
  again.add(second, factsOf(second, 2));
  expect([again.find(first)?.crc32, again.find(second)?.crc32]).toEqual([1, 2]);
});

it('bytes of another shape are no table', () => {
  const table = FactTable.empty(BLOCK);
  const one = contentAt(0, 250);
  table.add(one, factsOf(one, 1));
  const bytes = table.encode();
  for (let length = 1; length < bytes.length; length += 1)
    expect(FactTable.decode(bytes.subarray(0, length), BLOCK)).toBeUndefined();
  expect(FactTable.decode(Buffer.alloc(0), BLOCK)).toBeDefined();
  expect(FactTable.decode(bytes, BLOCK)).toBeDefined();
});
