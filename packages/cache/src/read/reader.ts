import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readEntryManifest, tagOf, type EntryManifest } from '../entry/entry-manifest.js';
import { readRecipe, type Recipe } from '../entry/recipe.js';
import { CacheError } from '../error.js';
import type { Blob, Place, Range } from '../place/place.js';
import type { Trust } from '../trust.js';
import { readBlob } from '../write/published-index.js';
import { assemble } from './assemble.js';
import { LocalPacks } from './local-packs.js';
import { Slots } from './slots.js';

/** What a reader works with. */
export interface ReaderOptions {
  readonly trust: Trust;
  /** A folder for packs and archives. */
  readonly folder: string;
  /** Bytes per second; an entry that comes more slowly is a miss. */
  readonly minimumRate: number;
}

/** Milliseconds for finding an entry, and for reading it before its size adds to it. */
const PATIENCE = 10_000;
/** Packs of an entry that are read at a time. */
const AT_ONCE = 4;
/** Entries that are looked up at a time. Each costs a round trip, and hardly any bytes. */
const LOOKED_UP_AT_ONCE = 16;
/** Entries whose bytes are read at a time; the others wait, and their clocks do not run. */
const READ_AT_ONCE = 4;

/** Restores entries from a place, each verified whole. */
export class Reader {
  private readonly packs: LocalPacks;
  private readonly lookups = new Slots(LOOKED_UP_AT_ONCE);
  private readonly reads = new Slots(READ_AT_ONCE);
  private made = 0;

  constructor(private readonly options: ReaderOptions) {
    this.packs = new LocalPacks(options.folder);
  }

  /**
   * Returns the path of a new file with the gzipped archive of an entry; undefined if the place has none. Throws what the
   * place throws, `damaged-entry`, `untrusted-entry`, and errors of the disk.
   */
  async restore(place: Place, hash: string): Promise<string | undefined> {
    const manifest = await this.lookups.run(() => place.manifest(tagOf(hash), performance.now() + PATIENCE));
    return manifest && this.reads.run(() => this.read(place, hash, manifest));
  }

  /** Closes all files. */
  close(): Promise<void> {
    return this.packs.close();
  }

  private async read(place: Place, hash: string, manifest: Buffer): Promise<string> {
    const { trust, folder, minimumRate } = this.options;
    const begun = performance.now();
    const entry = readEntryManifest(manifest);
    const { packs } = entry;
    const recipe = await recipeOf(place, entry, begun + PATIENCE);
    trust.check(hash, recipe, entry.signature);
    const deadline = begun + PATIENCE + (recipe.size / minimumRate) * 1000;
    const path = join(folder, `entry-${this.made++}`);
    const releases: (() => Promise<void>)[] = [];
    try {
      await this.hold(place, packs, rangesOf(packs, recipe), deadline, releases);
      await assemble(
        recipe,
        ({ pack, offset, length }) => this.packs.reader(packs[pack], { start: offset, end: offset + length }),
        path,
      );
      return path;
    } catch (error) {
      await rm(path, { force: true });
      if (error instanceof CacheError) for (const pack of packs) this.packs.forget(pack);
      throw error;
    } finally {
      await Promise.all(releases.map((release) => release()));
    }
  }

  /** Makes the packs of an entry readable, a few at a time. `releases` gets what lets them go, also before an error. */
  private async hold(
    place: Place,
    packs: readonly Blob[],
    ranges: ReadonlyMap<number, readonly Range[]>,
    deadline: number,
    releases: (() => Promise<void>)[],
  ): Promise<void> {
    const waiting = [...ranges];
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        releases.push(await this.packs.hold(place, packs[next[0]], next[1], deadline));
      }
    };
    const results = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }
}

async function recipeOf(place: Place, { recipe, packs }: EntryManifest, deadline: number): Promise<Recipe> {
  const bytes = Buffer.isBuffer(recipe) ? recipe : await readBlob(place, recipe, deadline);
  return readRecipe(bytes, packs.length);
}

/** The ranges that a recipe needs, by pack. Throws `damaged-entry` for one beyond the end of its pack. */
function rangesOf(packs: readonly Blob[], { ops }: Recipe): ReadonlyMap<number, Range[]> {
  const ranges = new Map<number, Range[]>();
  for (const op of ops) {
    if (!('pack' in op)) continue;
    const range = { start: op.offset, end: op.offset + op.length };
    if (range.end > packs[op.pack].size) {
      throw new CacheError(
        'damaged-entry',
        `a recipe names byte ${range.end} of a pack of ${packs[op.pack].size}`,
      );
    }
    const list = ranges.get(op.pack) ?? [];
    list.push(range);
    ranges.set(op.pack, list);
  }
  return ranges;
}
