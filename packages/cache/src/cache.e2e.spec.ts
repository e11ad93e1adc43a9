import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { generateKeyPair } from '@nx-linuxkit/signatures';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { archiveAt, noise, sameContents } from './__tests__/archive.js';
import { openCache } from './__tests__/caches.js';
import { temporaryFolders } from './__tests__/folder.js';
import { gc } from './commands/gc.js';
import { stats } from './commands/stats.js';
import { Trust } from './trust.js';

const newFolder = temporaryFolders();
const archives = newFolder();
const LARGE = noise(1, 3_000_000);
/** The same file with one byte changed in the middle, and ten bytes in front. */
const EDITED = Buffer.concat([Buffer.from('ten bytes!'), LARGE]);
EDITED[1_500_000] ^= 1;

let registry: TestRegistry;
let large: string;
let edited: string;
beforeAll(async () => {
  registry = await startRegistry();
  large = await archiveAt(archives, 'large', LARGE);
  edited = await archiveAt(archives, 'edited', EDITED);
});
afterAll(() => registry?.stop());

let number = 0;
const KINDS = {
  'a registry': () => `oci://${registry.host}/team/cache-${number++}`,
  'a folder': () => pathToFileURL(newFolder()).href,
} as const;

describe.each(Object.entries(KINDS))('a cache in %s', (_, newPlace) => {
  it('restores what was stored, on another machine too, and knows what it does not have', async () => {
    const to = newPlace();
    const writer = await openCache({ to }, newFolder());
    expect(await writer.storeAll({ '1': large })).toEqual([true]);
    const reader = await openCache({ from: [to] }, newFolder());
    expect(sameContents((await reader.find('1'))!, readFileSync(large))).toBe(true);
    expect(await reader.find('2')).toBeUndefined();
    expect([...writer.problems, ...reader.problems]).toEqual([]);
  });

  it('sends a change and nothing else, in the same run and in a later one', async () => {
    const to = newPlace();
    const first = await openCache({ to }, newFolder());
    await first.storeAll({ '1': large });
    const before = first.up();
    await first.storeAll({ '2': edited });
    expect(first.up() - before).toBeLessThan(60_000);
    const second = await openCache({ to }, newFolder());
    await second.storeAll({ '3': await archiveAt(archives, 'again', LARGE) });
    expect(second.up()).toBeLessThan(10_000);
  });

  it('fetches what entries share once', async () => {
    const to = newPlace();
    await (await openCache({ to }, newFolder())).storeAll({ '1': large, '2': edited });
    const reader = await openCache({ from: [to] }, newFolder());
    const found = await Promise.all(['1', '2', '1'].map((hash) => reader.find(hash)));
    expect(found.map((bytes, i) => sameContents(bytes!, readFileSync([large, edited, large][i])))).toEqual([
      true,
      true,
      true,
    ]);
    expect(reader.down()).toBeLessThan(LARGE.length * 1.05);
  });

  it('knows in the next run what each of many entries has sent, also the last ones', async () => {
    const to = newPlace();
    const names = Array.from({ length: 20 }, (_, i) => `many-${i}`);
    const files = await Promise.all(
      names.map((name, i) => archiveAt(archives, name, noise(100 + i, 200_000))),
    );
    const entries = (run: string) => Object.fromEntries(files.map((file, i) => [`${run}${i}`, file]));
    const first = await openCache({ to }, newFolder());
    expect(await first.storeAll(entries('1'))).toEqual(names.map(() => true));
    const second = await openCache({ to }, newFolder());
    expect(await second.storeAll(entries('2'))).toEqual(names.map(() => true));
    expect(second.up()).toBeLessThan(first.up() / 20);
  });

  it('leaves an entry that is there as it is', async () => {
    const to = newPlace();
    await (await openCache({ to }, newFolder())).storeAll({ '1': large });
    const other = await openCache({ to }, newFolder());
    expect(await other.storeAll({ '1': edited })).toEqual([true]);
    expect(sameContents((await other.find('1'))!, readFileSync(large))).toBe(true);
  });

  it('loses nothing when several write at once, and knows afterwards what each has sent', async () => {
    const to = newPlace();
    const names = Array.from({ length: 8 }, (_, i) => `part-${i}`);
    const files = Object.fromEntries(
      await Promise.all(
        names.map(
          async (name, i) => [`${i}`, await archiveAt(archives, name, noise(100 + i, 400_000))] as const,
        ),
      ),
    );
    const writers = await Promise.all([1, 2].map(() => openCache({ to }, newFolder())));
    await Promise.all(writers.map((writer) => writer.storeAll(files)));
    const reader = await openCache({ from: [to] }, newFolder());
    for (const [hash, file] of Object.entries(files)) {
      expect(sameContents((await reader.find(hash))!, readFileSync(file))).toBe(true);
    }
    expect(writers.flatMap(({ problems }) => problems)).toEqual([]);
    // Both lists of chunks are there: a third one sends none of them again.
    const third = await openCache({ to }, newFolder());
    await third.storeAll(Object.fromEntries(Object.entries(files).map(([hash, file]) => [`9${hash}`, file])));
    expect(third.up()).toBeLessThan(100_000);
  });

  it('a pull request uses chunks of main, and main knows nothing of the pull request', async () => {
    const [main, request] = [newPlace(), newPlace()];
    await (await openCache({ to: main }, newFolder())).storeAll({ '1': large });
    const writer = await openCache({ to: request, from: [main] }, newFolder());
    await writer.storeAll({ '2': edited });
    expect(writer.problems).toEqual([]);
    if (main.startsWith('oci:')) expect(writer.up()).toBeLessThan(80_000);
    expect(sameContents((await writer.find('1'))!, readFileSync(large))).toBe(true);
    const own = await openCache({ from: [request] }, newFolder());
    expect(sameContents((await own.find('2'))!, readFileSync(edited))).toBe(true);
    expect(await own.find('1')).toBeUndefined();
    expect(await (await openCache({ from: [main] }, newFolder())).find('2')).toBeUndefined();
  });

  it('restores only what a required key has signed, and replaces what is not', async () => {
    const to = newPlace();
    const [ours, theirs] = [await keys('ours'), await keys('theirs')];
    const trust = (signWith: string | undefined, ...require: string[]) => Trust.load({ signWith, require });
    const signed = await openCache({ to }, newFolder(), { trust: await trust(ours.key) });
    await signed.storeAll({ '1': large });
    const forger = await openCache({ to }, newFolder(), { trust: await trust(theirs.key) });
    await forger.storeAll({ '2': edited });
    await (await openCache({ to }, newFolder())).storeAll({ '3': edited });
    const strict = await openCache({ to }, newFolder(), { trust: await trust(ours.key, ours.pub) });
    expect(sameContents((await strict.find('1'))!, readFileSync(large))).toBe(true);
    expect([await strict.find('2'), await strict.find('3')]).toEqual([undefined, undefined]);
    expect(strict.problems.join('\n')).toMatch(/got a signature of another key\n.*got no signature/);
    await strict.storeAll({ '2': large });
    expect(sameContents((await strict.find('2'))!, readFileSync(large))).toBe(true);
  });

  it('without a key that it requires, a machine leaves alone what it does not trust, and sends it in no run again', async () => {
    const to = newPlace();
    const { pub } = await keys('required');
    await (await openCache({ to }, newFolder())).storeAll({ '1': large });
    const { key: other } = await keys('not required');
    for (const signWith of [undefined, other]) {
      const trust = await Trust.load({ signWith, require: [pub] });
      const strict = await openCache({ to }, newFolder(), { trust });
      expect(await strict.find('1')).toBeUndefined();
      expect(await strict.storeAll({ '1': large })).toEqual([true]);
      expect(strict.up()).toBe(0);
    }
    const reader = await openCache({ from: [to] }, newFolder());
    expect(sameContents((await reader.find('1'))!, readFileSync(large))).toBe(true);
  });

  it('a signature of one entry is worth nothing on another one', async () => {
    const to = newPlace();
    const { key, pub } = await keys('copied');
    const trust = await Trust.load({ signWith: key, require: [pub] });
    const { places, ...cache } = await openCache({ to }, newFolder(), { trust });
    await cache.storeAll({ '1': large });
    const manifest = (await places[0].manifest('n-1', Infinity))!;
    await places[0].putManifest('n-2', Buffer.from(manifest.toString().replace('"1"', '"2"')));
    expect(await cache.find('2')).toBeUndefined();
    expect(cache.problems[0]).toContain('a signature of another key');
  });

  it('says what it holds, and removes entries by age', async () => {
    const to = newPlace();
    const { places, ...cache } = await openCache({ to }, newFolder());
    await cache.storeAll({ '1': large });
    expect(await stats(places[0])).toEqual([
      places[0].name,
      expect.stringMatching(/^entries {2}1, the oldest of \d{4}-\d\d-\d\d$/),
      expect.stringMatching(/^packs {4}1, 3\.0 MB$/),
      expect.stringMatching(/^index {4}\d+\.\d kB$/),
    ]);
    expect((await gc(places[0], { age: 1000 }))[0]).toBe('0 of 1 entries removed');
    expect((await gc(places[0], { age: 1000 }, Date.now() + 60_000))[0]).toBe('1 of 1 entries removed');
    expect(await (await openCache({ to }, newFolder())).find('1')).toBeUndefined();
    // What is stored afterwards does not count on what is gone.
    const writer = await openCache({ to }, newFolder());
    await writer.storeAll({ '2': edited });
    expect(sameContents((await writer.find('2'))!, readFileSync(edited))).toBe(true);
  });

  it('removes old entries beside a writer that uses their chunks, which loses nothing', async () => {
    const to = newPlace();
    const names = Array.from({ length: 12 }, (_, i) => `beside-${i}`);
    const files = await Promise.all(
      names.map((name, i) => archiveAt(archives, name, noise(200 + i, 300_000))),
    );
    const entries = (run: string) => Object.fromEntries(files.map((file, i) => [`${run}${i}`, file]));
    const { places, ...first } = await openCache({ to }, newFolder());
    await first.storeAll(entries('1'));
    const limit = Date.now() + 1;
    const writer = await openCache({ to }, newFolder());
    let isStoring = true;
    const stored = writer.storeAll(entries('2')).finally(() => (isStoring = false));
    let removed = 0;
    while (isStoring) removed += Number.parseInt((await gc(places[0], { age: 0 }, limit))[0], 10);
    expect(await stored).toEqual(names.map(() => true));
    expect(removed).toBe(names.length);
    const reader = await openCache({ from: [to] }, newFolder());
    expect(await reader.find('10')).toBeUndefined();
    for (const [hash, file] of Object.entries(entries('2')))
      expect(sameContents((await reader.find(hash))!, readFileSync(file))).toBe(true);
    expect([...writer.problems, ...reader.problems]).toEqual([]);
  });

  it('removes the oldest entries until the rest has the size that it may have', async () => {
    const { places, ...cache } = await openCache({ to: newPlace() }, newFolder());
    await cache.storeAll({ '1': large });
    await cache.storeAll({ '2': await archiveAt(archives, 'other', noise(55, 2_000_000)) });
    expect((await gc(places[0], { size: 6e6 }))[0]).toBe('0 of 2 entries removed');
    expect((await gc(places[0], { size: 4e6 }))[0]).toBe('1 of 2 entries removed');
    expect(await cache.find('1')).toBeUndefined();
    expect(await cache.find('2')).toBeDefined();
  });
});

describe('a folder', () => {
  const blobs = (to: string) => join(fileURLToPath(to), 'blobs');

  it('with a damaged pack is a miss; the entry that Nx makes then is whole, and stays', async () => {
    const to = pathToFileURL(newFolder()).href;
    await (await openCache({ to }, newFolder())).storeAll({ '1': large });
    for (const name of readdirSync(blobs(to))) {
      const bytes = readFileSync(join(blobs(to), name));
      if (bytes.length < 1e6) continue;
      bytes[1e6] ^= 1;
      writeFileSync(join(blobs(to), name), bytes);
    }
    const cache = await openCache({ to }, newFolder());
    expect(await cache.find('1')).toBeUndefined();
    expect(cache.problems[0]).toMatch(/expected an archive of \d+ bytes with sha256 \w{64}, got/);
    await cache.storeAll({ '1': large });
    const reader = await openCache({ from: [to] }, newFolder());
    expect(sameContents((await reader.find('1'))!, readFileSync(large))).toBe(true);
    const writer = await openCache({ to }, newFolder());
    await writer.storeAll({ '2': edited });
    expect(sameContents((await writer.find('2'))!, readFileSync(edited))).toBe(true);
  });

  it('from which packs were removed behind its back gets them again', async () => {
    const to = pathToFileURL(newFolder()).href;
    await (await openCache({ to }, newFolder())).storeAll({ '1': large });
    const cache = await openCache({ to }, newFolder());
    await cache.storeAll({ '2': await archiveAt(archives, 'tiny', 'x') });
    for (const name of readdirSync(blobs(to))) {
      if (readFileSync(join(blobs(to), name)).length > 1e6) rmSync(join(blobs(to), name));
    }
    expect(await cache.storeAll({ '3': large })).toEqual([true]);
    expect(sameContents((await cache.find('3'))!, readFileSync(large))).toBe(true);
  });

  it('frees the space of what no entry needs, once it is older than a day', async () => {
    const to = pathToFileURL(newFolder()).href;
    const { places, ...cache } = await openCache({ to }, newFolder());
    await cache.storeAll({ '1': large });
    await gc(places[0], { age: 0 }, Date.now() + 1000);
    const size = () =>
      readdirSync(blobs(to)).reduce((sum, name) => sum + readFileSync(join(blobs(to), name)).length, 0);
    expect(size()).toBeGreaterThan(LARGE.length);
    expect(await places[0].sweep(new Set(), -1)).toBeGreaterThan(LARGE.length);
    expect(size()).toBe(0);
  });
});

it('what is no gzip at all is not stored, and the next entry is', async () => {
  const to = pathToFileURL(newFolder()).href;
  const broken = join(archives, 'broken');
  writeFileSync(broken, 'no gzip');
  const cache = await openCache({ to }, newFolder());
  expect(await cache.storeAll({ '1': broken, '2': large })).toEqual([false, true]);
  expect(cache.problems).toHaveLength(1);
  expect(await cache.find('2')).toBeDefined();
});

async function keys(name: string): Promise<{ key: string; pub: string }> {
  const { privateKey, publicKey } = await generateKeyPair();
  const [key, pub] = [join(archives, `${name}.key`), join(archives, `${name}.pub`)];
  writeFileSync(key, privateKey);
  writeFileSync(pub, publicKey);
  return { key, pub };
}
