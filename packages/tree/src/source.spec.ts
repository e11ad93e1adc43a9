import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { collect } from './__tests__/streams.js';
import { bytesContent, bytesSource, fileSource } from './source.js';

const folder = mkdtempSync(join(tmpdir(), 'tree-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, k) => (k * 7 + (k >> 8)) & 255));
const path = join(folder, 'bytes');
writeFileSync(path, bytes);

it('a file source reads slices of any size in any order', async () => {
  const source = fileSource(path, { id: 'x', size: bytes.length });
  const slice = fc.tuple(fc.nat(bytes.length), fc.constantFrom(0, 1, 500, 20_000, 300_000, 2_500_000));
  await fc.assert(
    fc.asyncProperty(fc.array(slice, { maxLength: 6 }), async (slices) => {
      for (const [start, length] of slices) {
        const end = Math.min(start + length, bytes.length);
        expect((await collect(source.read(start, end))).equals(bytes.subarray(start, end))).toBe(true);
      }
    }),
    { numRuns: 40 },
  );
  await source.close();
  await source.close();
});

it('a file source lends the same bytes in two buffers, however large the slice', async () => {
  const source = fileSource(path, { id: 'x', size: bytes.length });
  const seen = new Set<ArrayBufferLike>();
  let at = 5;
  for await (const chunk of source.lend(5, 2_999_999)) {
    expect(bytes.subarray(at, at + chunk.length).equals(chunk)).toBe(true);
    at += chunk.length;
    seen.add(chunk.buffer);
  }
  expect([at, seen.size]).toEqual([2_999_999, 2]);
  for await (const chunk of source.lend(0, 2_500_000)) {
    expect(chunk.length).toBeGreaterThan(0);
    break; // A reader that stops early must leave no read under way.
  }
  await source.close();
});

it('a file that ends early is an error, also while it is lent', async () => {
  const source = fileSource(path, { id: 'x', size: 4_000_000 });
  await expect(collect(source.lend(0, 4_000_000))).rejects.toThrow(
    expect.objectContaining({ code: 'short-read' }),
  );
  await source.close();
});

it('slices that follow each other come from few reads', async () => {
  const source = fileSource(path, { id: 'x', size: bytes.length });
  const first = await collect(source.read(0, 100));
  truncateSync(path, 200_000); // The bytes that were read ahead are still in memory.
  const second = await collect(source.read(612, 200_100));
  expect(
    Buffer.concat([first, second]).equals(
      Buffer.concat([bytes.subarray(0, 100), bytes.subarray(612, 200_100)]),
    ),
  ).toBe(true);
  await expect(collect(source.read(1_000_000, 1_000_100))).rejects.toThrow(
    expect.objectContaining({ code: 'short-read' }),
  );
  await source.close();
});

it('a read beyond the end is refused', async () => {
  const { source } = bytesContent('abc');
  await expect(collect(source.read(0, 4))).rejects.toThrow(expect.objectContaining({ code: 'short-read' }));
  expect((await collect(source.read(1, 3))).toString()).toBe('bc');
});

it('bytes are named by their hash, unless the caller names them', () => {
  expect(bytesSource(Buffer.from('abc')).id).toBe(
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
  expect(bytesSource(Buffer.from('abc'), 'mine').id).toBe('mine');
});
