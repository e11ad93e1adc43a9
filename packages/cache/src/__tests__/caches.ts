import { readFileSync } from 'node:fs';
import { Cache, type CacheOptions } from '../cache.js';
import { openPlace } from '../place/parse.js';
import type { RegistryOptions } from '../place/registry.js';
import type { Place } from '../place/place.js';
import { Trust } from '../trust.js';

/** A cache with the problems that it has reported. */
export interface TestCache {
  readonly cache: Cache;
  readonly problems: string[];
  /** Places, `to` first. */
  readonly places: readonly Place[];
  /** Bytes that were sent and received so far. */
  up(): number;
  down(): number;
  /** Stores all of these, and waits until they are stored. */
  storeAll(entries: Readonly<Record<string, string>>): Promise<boolean[]>;
  /** The archive of an entry; undefined for a miss. */
  find(hash: string): Promise<Buffer | undefined>;
}

/** Opens a cache. Connections end with the tests of the file. */
export async function openCache(
  { to, from = [] }: { readonly to?: string; readonly from?: readonly string[] },
  folder: string,
  options: Partial<CacheOptions> = {},
  reach: Partial<RegistryOptions> = {},
): Promise<TestCache> {
  const open = (url: string) => openPlace(url, { minimumRate: 100_000, ...reach });
  const [target, sources] = [to === undefined ? undefined : open(to), from.map(open)];
  const places = [...(target ? [target] : []), ...sources];
  opened.push(...places);
  const problems: string[] = [];
  const cache = await Cache.open({
    to: target,
    from: sources,
    trust: await Trust.load({ require: [] }),
    folder,
    budget: 20_000,
    minimumRate: 100_000,
    onProblem: (what, error) => void problems.push(`${what}: ${(error as Error).message}`),
    ...options,
  });
  opened.push(cache);
  const sum = (way: 'up' | 'down') => places.reduce((bytes, { traffic }) => bytes + traffic[way], 0);
  return {
    cache,
    problems,
    places,
    up: () => sum('up'),
    down: () => sum('down'),
    storeAll: async (entries) => {
      const stored = Object.entries(entries).map(([hash, file]) => cache.store(hash, file));
      await cache.end();
      return Promise.all(stored);
    },
    find: async (hash) => {
      const path = await cache.find(hash);
      return path === undefined ? undefined : readFileSync(path);
    },
  };
}

const opened: { close(): unknown }[] = [];
afterAll(async () => {
  for (const one of opened) await one.close();
});
