import { digestOf } from '@nx-linuxkit/oci';
import { randomBytes } from 'node:crypto';
import type { Found } from '../chunks/chunk-index.js';
import { nameOf } from '../chunks/chunk-name.js';
import { RecordMaker } from '../chunks/record.js';
import { INLINE_RECIPE, readEntryManifest, tagOf, writeEntryManifest } from '../entry/entry-manifest.js';
import { PARTS_LIMIT, writeRecipe, type Op, type Recipe } from '../entry/recipe.js';
import { CacheError } from '../error.js';
import type { Blob, Place } from '../place/place.js';
import type { Trust } from '../trust.js';
import { encode } from './encode.js';
import { Packs } from './packs.js';
import { PublishedIndex } from './published-index.js';
import { Turns } from './turns.js';

/** What a writer works with. */
export interface WriterOptions {
  /** Where entries are stored. */
  readonly to: Place;
  /** Other places whose chunks may be used, if their blobs can be mounted. */
  readonly from: readonly Place[];
  readonly trust: Trust;
  /** A folder for packs under way. */
  readonly folder: string;
  /** Called with what went wrong without an entry being lost. */
  readonly onProblem: (error: unknown) => void;
}

/** Milliseconds that a pack waits for more chunks. A build has the next output ready within a second or two. */
const WAIT = 1500;
/** An entry in more packs than this gets the rest of its chunks anew; manifests are limited to 1000 layers. */
const PACKS_OF_ENTRY = 400;
/** Milliseconds between two looks at what other writers have published. */
const REFRESH = 2000;
/** Milliseconds to look for an entry. */
const LOOK = 10_000;

/** Stores entries in a place: new chunks in packs, then the manifest. */
export class Writer {
  private readonly packs: Packs;
  private readonly own: PublishedIndex;
  private readonly others: readonly { readonly place: Place; readonly index: PublishedIndex }[];
  private readonly turns = new Turns();
  private refreshed = -Infinity;
  private timer?: NodeJS.Timeout;
  private publishing = Promise.resolve();
  private isEnding = false;

  constructor(private readonly options: WriterOptions) {
    this.packs = new Packs(options.to, options.folder, () => void this.publish());
    this.own = new PublishedIndex(options.to);
    this.others = options.from.map((place) => ({ place, index: new PublishedIndex(place) }));
  }

  /**
   * Stores the gzipped archive in a file as the entry of a hash; false if it is there already. With `anew` it replaces
   * one, and uses no chunk that was stored before.
   */
  async store(hash: string, file: string, { anew = false } = {}): Promise<boolean> {
    try {
      return await this.attempt(hash, file, anew);
    } catch (error) {
      if (!(error instanceof CacheError) || error.code !== 'missing-blob') throw error;
      // Somebody has removed a pack that a list names. `attempt` has forgotten it.
      return this.attempt(hash, file, anew);
    }
  }

  /** Sends what waits for more, and from now on lets nothing wait. */
  async end(): Promise<void> {
    this.isEnding = true;
    this.turns.hurry();
    // Turns come in random order, so that entries may be packed after this one.
    for (let isLast = false; !isLast;) {
      isLast = await this.turns.run(async () => {
        await this.packs.close();
        return this.turns.length === 1;
      });
      await this.publish();
    }
  }

  /** Closes the pack that was not sent. */
  async close(): Promise<void> {
    clearTimeout(this.timer);
    await this.packs.discard();
  }

  private async attempt(hash: string, file: string, anew: boolean): Promise<boolean> {
    const recipe = await this.turns
      .runLater(async () => {
        const there = await this.options.to.manifest(tagOf(hash), performance.now() + LOOK);
        if (there && !anew) return undefined;
        await this.refresh();
        await this.packs.open();
        if (anew) await this.beginAnew(there);
        return encode(file, this.packing(anew));
      })
      .finally(() => this.sendSoon());
    if (!recipe) return false;
    if (recipe.ops.length > PARTS_LIMIT) {
      throw new CacheError(
        'too-large',
        `the outputs of ${hash} have ${recipe.ops.length} parts, expected at most ${PARTS_LIMIT}`,
      );
    }
    await this.commit(hash, recipe);
    return true;
  }

  private async refresh(): Promise<void> {
    if (performance.now() - this.refreshed < REFRESH) return;
    this.refreshed = performance.now();
    const all = [{ place: this.options.to, index: this.own }, ...this.others];
    for (const { place, index } of all) {
      await index.refresh((pack) => this.packs.add(pack, place)).catch(this.options.onProblem);
    }
  }

  /**
   * Forgets the packs of an entry that is to be replaced, and begins one that has a digest of its own, because a stored
   * pack of the same digest may be what is damaged.
   */
  private async beginAnew(manifest: Buffer | undefined): Promise<void> {
    const digests = new Set<string>(manifest ? packsIn(manifest) : []);
    this.packs.dropAll(digests);
    await this.own.replace(({ digest }) => !digests.has(digest)).catch(this.options.onProblem);
    await this.packs.close();
    await this.packs.open();
    const salt = randomBytes(16);
    this.packs.pack().append(nameOf(salt), new RecordMaker().make(salt));
  }

  private packing(anew: boolean) {
    const used = new Set<number>();
    const first = anew ? this.packs.pack().number : 0;
    return {
      index: this.packs.index,
      isUsable: ({ pack }: Found) => {
        const isUsable = pack >= first && (used.has(pack) || used.size < PACKS_OF_ENTRY);
        if (isUsable) used.add(pack);
        return isUsable;
      },
      pack: () => this.packs.pack(),
      settle: () => this.packs.settle(),
    };
  }

  private async commit(hash: string, recipe: Recipe): Promise<void> {
    const { to, trust } = this.options;
    const numbers = [...new Set(recipe.ops.flatMap((op) => ('pack' in op ? [op.pack] : [])))];
    const packs = await Promise.all(numbers.map((number) => this.bring(number)));
    const bytes = writeRecipe({ ...recipe, ops: recipe.ops.map((op) => renumbered(op, numbers)) });
    const manifest = writeEntryManifest({
      hash,
      created: new Date(),
      packs,
      recipe: bytes.length <= INLINE_RECIPE ? bytes : await putBlob(to, bytes),
      signature: trust.sign(hash, recipe),
    });
    try {
      await to.putManifest(tagOf(hash), manifest);
    } catch (error) {
      if (!(error instanceof CacheError) || error.code !== 'missing-blob') throw error;
      for (const [i, blob] of packs.entries()) if (!(await to.hasBlob(blob))) this.packs.drop(numbers[i]);
      throw error;
    }
  }

  /** Waits until a pack is in the place. */
  private async bring(number: number): Promise<Blob> {
    const { place, blob } = this.packs.get(number);
    const known = await blob;
    if (place === this.options.to || (await this.options.to.mountBlob(known, place))) return known;
    this.packs.drop(number);
    throw new CacheError('missing-blob', `${place.name} gives no blob to ${this.options.to.name}`);
  }

  /** Sends the open pack a moment after its first chunk; at the end, once nothing is left to put into it. */
  private sendSoon(): void {
    const send = () => {
      this.timer = undefined;
      void this.turns.run(() => this.packs.close()).then(() => this.publish());
    };
    if (this.isEnding) return this.turns.length > 0 ? undefined : send();
    this.timer ??= setTimeout(send, WAIT);
  }

  /** Publishes what was sent. One call follows the other, so that the last one ends when all are published. */
  private publish(): Promise<void> {
    this.publishing = this.publishing.then(async () => {
      const lists = this.packs.takeUnpublished();
      if (lists.length > 0) await this.own.publish(lists).catch(this.options.onProblem);
    });
    return this.publishing;
  }
}

/** Digests of the packs of an entry; none if its manifest is what is damaged. */
function packsIn(manifest: Buffer): readonly string[] {
  try {
    return readEntryManifest(manifest).packs.map(({ digest }) => digest);
  } catch {
    return [];
  }
}

function renumbered(op: Op, numbers: readonly number[]): Op {
  return 'pack' in op ? { ...op, pack: numbers.indexOf(op.pack) } : op;
}

async function putBlob(place: Place, bytes: Buffer): Promise<Blob> {
  const blob = { digest: digestOf(bytes), size: bytes.length };
  await place.putBlob(blob, async function* () {
    yield bytes;
  });
  return blob;
}
