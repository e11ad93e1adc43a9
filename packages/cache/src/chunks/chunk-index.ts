import { NAME_WORDS } from './chunk-name.js';

/** Where a chunk lies. */
export interface Found {
  readonly pack: number;
  readonly offset: number;
  /** Bytes of the chunk's record. */
  readonly length: number;
}

const FIRST_CAPACITY = 1 << 12;
const EMPTY = -1;

/**
 * Which chunks are in which pack: typed arrays with an open hash table, 40 to 70 bytes a chunk, where a Map of strings
 * takes 200. Packs are numbers that the caller gives out.
 */
export class ChunkIndex {
  private count = 0;
  private names = new Uint32Array(FIRST_CAPACITY * NAME_WORDS);
  private packs = new Uint32Array(FIRST_CAPACITY);
  private offsets = new Uint32Array(FIRST_CAPACITY);
  private lengths = new Uint32Array(FIRST_CAPACITY);
  /** Rows by the hash of their name; twice as many places as rows. */
  private table = new Int32Array(FIRST_CAPACITY * 2).fill(EMPTY);
  private readonly dropped = new Set<number>();

  get size(): number {
    return this.count;
  }

  /** Finds a chunk, unless its pack was dropped. */
  find(name: Buffer): Found | undefined {
    const row = this.table[this.placeOf(name)];
    if (row === EMPTY || this.dropped.has(this.packs[row])) return undefined;
    return { pack: this.packs[row], offset: this.offsets[row], length: this.lengths[row] };
  }

  /** Adds a chunk. One that is known stays where it was, unless its pack was dropped. */
  add(name: Buffer, { pack, offset, length }: Found): void {
    if (this.find(name)) return;
    if (this.count === this.packs.length) this.grow();
    const row = this.count++;
    for (let word = 0; word < NAME_WORDS; word++) {
      this.names[row * NAME_WORDS + word] = name.readUInt32LE(word * 4);
    }
    [this.packs[row], this.offsets[row], this.lengths[row]] = [pack, offset, length];
    this.table[this.placeOf(name)] = row;
  }

  /** Forgets all chunks of a pack. */
  drop(pack: number): void {
    this.dropped.add(pack);
  }

  /** The place in the table that has the name, or where it belongs. Names are hashes, so that a word of them is one. */
  private placeOf(name: Buffer): number {
    const mask = this.table.length - 1;
    let place = name.readUInt32LE(0) & mask;
    while (this.table[place] !== EMPTY && !this.isNamed(this.table[place], name)) place = (place + 1) & mask;
    return place;
  }

  private isNamed(row: number, name: Buffer): boolean {
    for (let word = 0; word < NAME_WORDS; word++) {
      if (this.names[row * NAME_WORDS + word] !== name.readUInt32LE(word * 4)) return false;
    }
    return true;
  }

  private grow(): void {
    const capacity = this.packs.length * 2;
    const larger = (from: Uint32Array, length: number): Uint32Array<ArrayBuffer> => {
      const to = new Uint32Array(length);
      to.set(from);
      return to;
    };
    this.names = larger(this.names, capacity * NAME_WORDS);
    this.packs = larger(this.packs, capacity);
    this.offsets = larger(this.offsets, capacity);
    this.lengths = larger(this.lengths, capacity);
    const before = this.table;
    this.table = new Int32Array(capacity * 2).fill(EMPTY);
    const mask = this.table.length - 1;
    // The rows of the old table, and not all rows: a row whose pack was dropped was replaced there.
    for (const row of before) {
      if (row === EMPTY) continue;
      let place = this.names[row * NAME_WORDS] & mask;
      while (this.table[place] !== EMPTY) place = (place + 1) & mask;
      this.table[place] = row;
    }
  }
}
