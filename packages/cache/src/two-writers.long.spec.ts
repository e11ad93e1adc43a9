import { readFileSync } from 'node:fs';
import { archiveAt, noise, sameContents } from './__tests__/archive.js';
import { openCache } from './__tests__/caches.js';
import { temporaryFolders } from './__tests__/folder.js';
import { startSlowRegistry, type SlowRegistry } from './__tests__/slow-registry.js';

/** As many entries, of together as many bytes, as a system of thirteen images with three formats has. */
const ENTRIES = 40;
const SIZE = 1_700_000;
/** Bytes a second. Over a faster line the two have less time to learn of each other. */
const RATE = 10e6;

const newFolder = temporaryFolders();
let registry: SlowRegistry;
const files: Record<string, string> = {};
beforeAll(async () => {
  registry = await startSlowRegistry(RATE);
  const folder = newFolder();
  for (let i = 0; i < ENTRIES; i++) files[`${i}`] = await archiveAt(folder, `file-${i}`, noise(i, SIZE));
});
afterAll(() => registry?.stop());

it('two machines that have the same entries at the same moment do not both send everything', async () => {
  const to = `oci://${registry.host}/team/cache`;
  const writers = await Promise.all([1, 2].map(() => openCache({ to }, newFolder())));
  const stored = await Promise.all(writers.map((writer) => writer.storeAll(files)));
  expect(stored.flat().every((isStored) => isStored)).toBe(true);
  expect(writers.flatMap(({ problems }) => problems)).toEqual([]);
  const [first, second] = writers.map((writer) => writer.up() / (ENTRIES * SIZE));
  process.stderr.write(`two writers: ${first.toFixed(2)} and ${second.toFixed(2)} of all bytes\n`);
  // Each alone would send 1; what both send before one has told the other is a matter of chance.
  expect(first + second).toBeLessThan(1.8);
  const reader = await openCache({ from: [to] }, newFolder());
  for (const [hash, file] of Object.entries(files))
    expect(sameContents((await reader.find(hash))!, readFileSync(file))).toBe(true);
});
