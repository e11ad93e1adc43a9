import { noise } from '../__tests__/archive.js';
import { ChunkIndex } from './chunk-index.js';
import { NAME_BYTES } from './chunk-name.js';
import { readIndexBlob, ROW_BYTES, rowsOf, writeIndexBlob } from './index-blob.js';

const NAMES = noise(7, 20_000 * NAME_BYTES);
const nameAt = (i: number) => NAMES.subarray(i * NAME_BYTES, (i + 1) * NAME_BYTES);

test('chunks are found while the index grows, and no others', () => {
  const index = new ChunkIndex();
  for (let i = 0; i < 15_000; i++) index.add(nameAt(i), { pack: i % 7, offset: i * 10, length: i + 1 });
  for (let i = 0; i < 15_000; i++) {
    expect(index.find(nameAt(i))).toEqual({ pack: i % 7, offset: i * 10, length: i + 1 });
  }
  for (let i = 15_000; i < 20_000; i++) expect(index.find(nameAt(i))).toBeUndefined();
  expect(index.size).toBe(15_000);
});

test('a chunk stays where it was first, until its pack is dropped', () => {
  const index = new ChunkIndex();
  const [first, second] = [
    { pack: 0, offset: 0, length: 9 },
    { pack: 1, offset: 5, length: 9 },
  ];
  index.add(nameAt(0), first);
  index.add(nameAt(0), second);
  expect(index.find(nameAt(0))).toEqual(first);
  index.drop(0);
  expect(index.find(nameAt(0))).toBeUndefined();
  index.add(nameAt(0), second);
  for (let i = 1; i < 9000; i++) index.add(nameAt(i), { pack: 2, offset: i, length: 1 });
  expect(index.find(nameAt(0))).toEqual(second);
});

test('names that begin alike are told apart', () => {
  const index = new ChunkIndex();
  const name = (last: number) => Buffer.concat([Buffer.alloc(NAME_BYTES - 1), Buffer.from([last])]);
  for (let i = 0; i < 200; i++) index.add(name(i), { pack: 0, offset: i, length: 1 });
  for (let i = 0; i < 200; i++) expect(index.find(name(i))?.offset).toBe(i);
});

describe('the list that is published', () => {
  const rows = (from: number, count: number): Buffer =>
    Buffer.concat(
      Array.from({ length: count }, (_, i) => {
        const row = Buffer.alloc(ROW_BYTES);
        nameAt(from + i).copy(row);
        row.writeUInt32LE(100 + i, NAME_BYTES);
        return row;
      }),
    );
  const packs = [
    { digest: `sha256:${'a'.repeat(64)}` as const, size: 303, rows: rows(0, 3) },
    { digest: `sha256:${'b'.repeat(64)}` as const, size: 2 ** 40, rows: rows(3, 0) },
  ];

  it('is read as it was written, with the offset of each chunk', () => {
    const read = [...readIndexBlob(writeIndexBlob(packs))];
    expect(read).toEqual(packs);
    expect([...rowsOf(read[0])].map(({ offset, length }) => [offset, length])).toEqual([
      [0, 100],
      [100, 101],
      [201, 102],
    ]);
  });

  it('is damaged when it ends anywhere else than behind a pack', () => {
    const bytes = writeIndexBlob(packs.slice(0, 1));
    for (let end = 1; end < bytes.length; end++) {
      expect(() => [...readIndexBlob(bytes.subarray(0, end))]).toThrow(
        expect.objectContaining({ code: 'damaged-entry' }),
      );
    }
  });
});
