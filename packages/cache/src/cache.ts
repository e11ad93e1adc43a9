import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Budget } from './budget.js';
import { CacheError } from './error.js';
import type { Place } from './place/place.js';
import { Reader } from './read/reader.js';
import type { Trust } from './trust.js';
import { Writer } from './write/writer.js';

/** What a cache is made of. */
export interface CacheOptions {
  /** Where entries are stored, and looked for first; undefined for a cache that is only read. */
  readonly to?: Place;
  /** Where else entries are looked for, in this order. */
  readonly from: readonly Place[];
  readonly trust: Trust;
  /** An empty folder for files under way. */
  readonly folder: string;
  /** Milliseconds that a place which fails may hold up one run. */
  readonly budget: number;
  /** Bytes per second. */
  readonly minimumRate: number;
  /** Called with every fault; none of them ends anything. */
  readonly onProblem: (what: string, error: unknown) => void;
}

/** Restores and stores entries. Faults of places and disks are reported, and become misses. */
export class Cache {
  private readonly reader: Reader;
  private readonly writer?: Writer;
  private readonly budgets = new Map<Place, Budget>();
  private readonly writing: Budget;
  /** Entries that the own place has and that cannot be used. */
  private readonly unusable = new Set<string>();

  private constructor(
    private readonly options: CacheOptions,
    [reading, packing]: readonly [string, string],
  ) {
    const { to, from, trust, minimumRate, budget, onProblem } = options;
    this.reader = new Reader({ trust, folder: reading, minimumRate });
    for (const place of this.places) this.budgets.set(place, new Budget(budget));
    this.writing = new Budget(budget * 3);
    const report = (error: unknown) => onProblem(`the list of chunks`, error);
    if (to) this.writer = new Writer({ to, from, trust, folder: packing, onProblem: report });
  }

  static async open(options: CacheOptions): Promise<Cache> {
    const folders = [join(options.folder, 'read'), join(options.folder, 'write')] as const;
    for (const folder of folders) await mkdir(folder, { recursive: true });
    return new Cache(options, folders);
  }

  /** Returns the path of a new file with the gzipped archive of an entry; undefined for a miss. */
  async find(hash: string): Promise<string | undefined> {
    for (const place of this.places) {
      const budget = this.budgets.get(place)!;
      if (budget.isSpent) continue;
      try {
        const path = await budget.during(() => this.reader.restore(place, hash));
        if (path !== undefined) return path;
      } catch (error) {
        if (place === this.options.to && this.isToReplace(error)) this.unusable.add(hash);
        this.options.onProblem(`reading from ${place.name}`, error);
      }
    }
    return undefined;
  }

  /** Stores the gzipped archive in a file; true once the place has it, false if it could not be stored. */
  async store(hash: string, file: string): Promise<boolean> {
    const { writer } = this;
    if (!writer || this.writing.isSpent) return false;
    try {
      await this.writing.during(() => writer.store(hash, file, { anew: this.unusable.has(hash) }));
      this.unusable.delete(hash);
      return true;
    } catch (error) {
      this.options.onProblem(`storing to ${this.options.to!.name}`, error);
      return false;
    }
  }

  /** Sends what waits for more. */
  async end(): Promise<void> {
    await this.writer?.end().catch((error: unknown) => this.options.onProblem('sending the rest', error));
  }

  /** Closes the files of the folder. The owner of the places closes them. */
  async close(): Promise<void> {
    await this.reader.close();
    await this.writer?.close();
  }

  private get places(): readonly Place[] {
    const { to, from } = this.options;
    return to ? [to, ...from] : from;
  }

  /**
   * Whether only another entry in its place helps: the place has bytes which no longer are an entry, or one that no trusted key has
   * signed. Without a key that is trusted here, another one would not be trusted either, and each run would send it again.
   */
  private isToReplace(error: unknown): boolean {
    if ((error as { code?: unknown }).code === 'not-found') return true;
    if (!(error instanceof CacheError)) return false;
    return (
      error.code === 'damaged-entry' || (error.code === 'untrusted-entry' && this.options.trust.acceptsOwn)
    );
  }
}
