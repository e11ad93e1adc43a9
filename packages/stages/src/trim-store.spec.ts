import { existsSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageNames, Store, keepImage } from '@nx-linuxkit/oci';
import { randomImage } from '@nx-linuxkit/testing';
import { trimStore } from './trim-store.js';

const LONG_AGO = new Date('2001-01-01');

let store: Store;
beforeEach(() => (store = Store.open(mkdtempSync(join(tmpdir(), 'trim-store-')))));
afterEach(() => rmSync(store.dir, { recursive: true }));

/** A part of so many gigabytes that takes no room on the disk. */
async function part(name: string, gigabytes: number, used = LONG_AGO): Promise<string> {
  const path = await store.put('part', name, async (temp) => writeFileSync(temp, ''));
  truncate(path, gigabytes);
  utimesSync(`${path}.seal`, used, used);
  return path;
}

function truncate(path: string, gigabytes: number): void {
  rmSync(path);
  writeFileSync(path, '');
  truncateSync(path, gigabytes * 1e9);
}

/** Stores an image, and gives the paths of its blobs. */
async function image(seed: number) {
  const { manifest, config, layers } = await randomImage(seed);
  const blobs = [manifest, config, ...layers];
  for (const { descriptor, bytes } of blobs) {
    if (await store.has(descriptor.digest)) continue;
    await store.write(
      descriptor,
      (async function* () {
        yield bytes;
      })(),
    );
  }
  const paths = blobs.map(({ descriptor }) => store.blobPath(descriptor.digest));
  for (const path of paths) utimesSync(path, LONG_AGO, LONG_AGO);
  return { digest: manifest.descriptor.digest, paths };
}

async function trim(storeLimit?: number): Promise<string[]> {
  const lines: string[] = [];
  await trimStore({ store, settings: { ...(storeLimit !== undefined && { storeLimit }) } }, (line) =>
    lines.push(line),
  );
  return lines;
}

it('a store above its limit loses what was used longest ago, and says how much', async () => {
  const [old, newer] = [await part('old', 15), await part('newer', 15, new Date('2020-01-01'))];
  expect(await trim()).toEqual([expect.stringMatching(/^removed 15\.0 GB .* from .* storeLimit \(20 GB\)$/)]);
  expect([existsSync(old), existsSync(newer)]).toEqual([false, true]);
});

it.each([
  [20, 19],
  [0, 500],
])('with the limit %d a store of %d GB stays', async (limit, gigabytes) => {
  const path = await part('a', gigabytes);
  expect(await trim(limit)).toEqual([]);
  expect(existsSync(path)).toBe(true);
});

it('what was used within the hour stays, however large', async () => {
  const path = await part('a', 50, new Date());
  expect(await trim(1)).toEqual([]);
  expect(existsSync(path)).toBe(true);
});

it('images with a name, and those that no registry has, stay whole; others go', async () => {
  const [named, daemon, pulled] = [await image(1), await image(2), await image(3)];
  await new ImageNames(store).set({ name: 'registry.example/named:1', digest: named.digest });
  await keepImage(store, daemon.digest);
  await trim(1e-9);
  expect([...named.paths, ...daemon.paths].filter((path) => !existsSync(path))).toEqual([]);
  const own = pulled.paths.filter((path) => ![...named.paths, ...daemon.paths].includes(path));
  expect(own.filter((path) => existsSync(path))).toEqual([]);
});

it('a large store is looked through once an hour', async () => {
  await part('a', 5);
  await trim();
  await part('b', 30);
  expect(await trim()).toEqual([]);
  const hoursAgo = new Date(Date.now() - 2 * 3600_000);
  utimesSync(join(store.dir, 'trimmed'), hoursAgo, hoursAgo);
  expect(await trim()).toHaveLength(1);
});

it('a store that cannot be looked through fails no build', async () => {
  rmSync(store.dir, { recursive: true });
  writeFileSync(store.dir, 'a file');
  expect(await trim(1)).toEqual([]);
});
