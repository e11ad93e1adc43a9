import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe as explain } from '@nx-linuxkit/errors';
import { freePort } from '@nx-linuxkit/testing';
import { archiveAt, noise, sameContents } from './__tests__/archive.js';
import { openCache } from './__tests__/caches.js';
import { startFaultyRegistry, type Fault, type FaultyRegistry } from './__tests__/faulty-registry.js';
import { temporaryFolders } from './__tests__/folder.js';
import { gc } from './commands/gc.js';

const newFolder = temporaryFolders();
/** Short waits, so that a test of a fault does not take the time that a build may lose with it. */
const QUICK = { idleTimeout: 700 };
const BUDGET = { budget: 2000 };

let registry: FaultyRegistry;
let file: string;
let other: string;
let number = 0;
const newPlace = () => `oci://${registry.host}/faults/cache-${number++}`;
beforeAll(async () => {
  registry = await startFaultyRegistry();
  const folder = newFolder();
  file = await archiveAt(folder, 'file', noise(1, 500_000));
  other = await archiveAt(folder, 'other', noise(2, 500_000));
});
beforeEach(() => registry.set(() => undefined));
afterAll(() => registry?.stop());

const FAULTS: Readonly<Record<string, Fault>> = {
  'answers 500': { status: 500 },
  'answers 401': { status: 401, headers: { 'www-authenticate': 'Basic realm="test"' } },
  'answers 403': { status: 403 },
  'answers 429 and asks for a wait of a minute': { status: 429, headers: { 'retry-after': '60' } },
  'redirects without an end': { status: 307, headers: { location: '/v2/faults/again' } },
  'ends connections': 'reset',
  'cuts connections': 'cut',
  'never answers': 'hang',
};

describe.each(Object.entries(FAULTS))('a registry that %s', (_, fault) => {
  it('is a miss that says why, and no longer than its budget; then it works again', async () => {
    const to = newPlace();
    await (await openCache({ to }, newFolder())).storeAll({ '1': file });
    registry.set(() => fault);
    const cache = await openCache({ to }, newFolder(), BUDGET, QUICK);
    const begun = performance.now();
    const found = await Promise.all(Array.from({ length: 30 }, () => cache.find('1')));
    expect(found.every((bytes) => bytes === undefined)).toBe(true);
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect(cache.problems.length).toBeGreaterThan(0);
    registry.set(() => undefined);
    const again = await openCache({ to }, newFolder());
    expect(sameContents((await again.find('1'))!, readFileSync(file))).toBe(true);
  });

  it('stores nothing, and loses nothing that it had', async () => {
    const to = newPlace();
    await (await openCache({ to }, newFolder())).storeAll({ '1': file });
    // An upload waits as long as a registry asks for: it holds nobody up.
    const now = typeof fault === 'object' ? { status: fault.status } : fault;
    registry.set(({ method }) => (method === 'PUT' ? now : undefined));
    const cache = await openCache({ to }, newFolder(), BUDGET, QUICK);
    expect(await cache.storeAll({ '2': other })).toEqual([false]);
    expect(cache.problems.length).toBeGreaterThan(0);
    registry.set(() => undefined);
    const again = await openCache({ to }, newFolder());
    expect(await again.find('2')).toBeUndefined();
    expect(sameContents((await again.find('1'))!, readFileSync(file))).toBe(true);
    expect(await again.storeAll({ '2': other })).toEqual([true]);
    expect(sameContents((await again.find('2'))!, readFileSync(other))).toBe(true);
  });
});

it('a registry that is full takes no pack, and what it has stays readable', async () => {
  const to = newPlace();
  await (await openCache({ to }, newFolder())).storeAll({ '1': file });
  registry.set(({ method, url }) =>
    method === 'PUT' && url!.includes('/blobs/') ? { status: 507 } : undefined,
  );
  const cache = await openCache({ to }, newFolder(), BUDGET, QUICK);
  expect(await cache.storeAll({ '2': other })).toEqual([false]);
  expect(cache.problems.join()).toContain('507');
  expect(sameContents((await cache.find('1'))!, readFileSync(file))).toBe(true);
});

it('credentials that expire half-way leave each entry whole or absent, and what was stored stays readable', async () => {
  const to = newPlace();
  const files = await Promise.all(
    Array.from({ length: 8 }, (_, i) => archiveAt(newFolder(), `part-${i}`, noise(40 + i, 200_000))),
  );
  const entries = Object.fromEntries(files.map((path, i) => [`${i}`, path]));
  await (await openCache({ to }, newFolder())).storeAll({ first: file });
  let left = 6;
  registry.set(({ method }) =>
    method === 'PUT' && (left -= 1) < 0
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="test"' } }
      : undefined,
  );
  const cache = await openCache({ to }, newFolder(), BUDGET, QUICK);
  const stored = await cache.storeAll(entries);
  expect(stored).toContain(true);
  expect(stored).toContain(false);
  expect(cache.problems.join()).toContain('401');
  expect(sameContents((await cache.find('first'))!, readFileSync(file))).toBe(true);
  registry.set(() => undefined);
  const reader = await openCache({ from: [to] }, newFolder());
  for (const [i, path] of files.entries()) {
    const found = await reader.find(`${i}`);
    expect(found !== undefined).toBe(stored[i]);
    if (found) expect(sameContents(found, readFileSync(path))).toBe(true);
  }
  expect(reader.problems).toEqual([]);
});

it('a registry that sends a wrong byte is a miss, and the next attempt reads it again', async () => {
  const to = newPlace();
  await (await openCache({ to }, newFolder())).storeAll({ '1': file });
  const cache = await openCache({ to }, newFolder(), BUDGET, QUICK);
  registry.set(({ url }) => (url!.includes('/blobs/') ? 'wrong' : undefined));
  expect(await cache.find('1')).toBeUndefined();
  expect(cache.problems[0]).toContain('expected an archive of');
  registry.set(() => undefined);
  expect(sameContents((await cache.find('1'))!, readFileSync(file))).toBe(true);
});

it('a wrong byte in a manifest is a miss', async () => {
  const to = newPlace();
  await (await openCache({ to }, newFolder())).storeAll({ '1': file });
  registry.set(({ url }) => (url!.includes('/manifests/') ? 'wrong' : undefined));
  const cache = await openCache({ to }, newFolder(), BUDGET, QUICK);
  expect(await cache.find('1')).toBeUndefined();
  expect(cache.problems).toHaveLength(1);
});

it('a registry that trickles is a miss long before all bytes came', async () => {
  const to = newPlace();
  await (await openCache({ to }, newFolder())).storeAll({ '1': file });
  registry.set(({ url }) => (url!.includes('/blobs/') ? 'trickle' : undefined));
  const cache = await openCache({ to }, newFolder(), BUDGET, QUICK);
  const begun = performance.now();
  expect(await cache.find('1')).toBeUndefined();
  // All bytes would take eight minutes.
  expect(performance.now() - begun).toBeLessThan(30_000);
  expect(cache.problems[0]).toContain('is too slow');
});

it('a registry that is down is a miss at once, and after some misses nobody asks any more', async () => {
  const to = `oci://localhost:${await freePort()}/faults/down`;
  const cache = await openCache({ to }, newFolder());
  for (let i = 0; i < 50; i++) expect(await cache.find(`${i}`)).toBeUndefined();
  expect(cache.problems.length).toBeLessThan(30);
  expect(await cache.storeAll({ '1': file })).toEqual([false]);
});

it('a folder for packs that is gone is a miss, and a store that did not happen', async () => {
  const to = newPlace();
  const { rmSync } = await import('node:fs');
  await (await openCache({ to }, newFolder())).storeAll({ '1': file });
  const folder = newFolder();
  const cache = await openCache({ to }, folder);
  rmSync(folder, { recursive: true });
  expect(await cache.find('1')).toBeUndefined();
  expect(await cache.storeAll({ '2': other })).toEqual([false]);
  expect(cache.problems.join('\n')).toMatch(/ENOENT/);
});

it('a folder on a disk that is full takes no more, leaves nothing half-written, and gives what it has', async () => {
  const folder = newFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=800k', 'tmpfs', folder]);
  try {
    const to = pathToFileURL(folder).href;
    const cache = await openCache({ to }, newFolder());
    expect(await cache.storeAll({ '1': file })).toEqual([true]);
    expect(await cache.storeAll({ '2': other })).toEqual([false]);
    expect(cache.problems.join('\n')).toMatch(/ENOSPC/);
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    const reader = await openCache({ from: [to] }, newFolder());
    expect(sameContents((await reader.find('1'))!, readFileSync(file))).toBe(true);
    expect(await reader.find('2')).toBeUndefined();
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});

it.each([405, 403])(
  'a registry that answers %d to DELETE keeps all, and gc says which rule to set',
  async (status) => {
    const to = newPlace();
    const { places, ...cache } = await openCache({ to }, newFolder());
    await cache.storeAll({ '1': file });
    registry.set(({ method }) => (method === 'DELETE' ? { status } : undefined));
    const error: unknown = await gc(places[0], { age: 0 }, Date.now() + 1000).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: 'cannot-delete' });
    expect(explain(error)).toMatch(
      /retention rule in the registry: remove tags that begin with n- .* keep the tag chunks-8k-1/,
    );
    expect(sameContents((await cache.find('1'))!, readFileSync(file))).toBe(true);
  },
);
