import { packIndex, WINDOW, type BlockEnd, type BlockIndex, type Stretch } from './block-index.js';

/** Plain bytes of the shortest stretch: 128 KiB decode in 0.4 ms, so a shorter one saves less than its window costs. */
const LEAST = 1 << 17;
/** Number of stretches, whose windows take 8 MiB then. */
const MOST = 256;
/** Plain bytes of the longest stretch: far below the 2 GiB by which a CRC can be shifted. */
const LONGEST = 2 ** 30;

/** Bounds of an index. */
export interface BlockIndexOptions {
  /** Plain bytes of the shortest stretch; 128 KiB by default. */
  readonly least?: number;
  /** Number of stretches, each with 32 KiB of memory; 256 by default. The longest ones are kept. */
  readonly most?: number;
}

/**
 * Makes an index of deflate blocks while `inflate` reads a gzipped archive. A block belongs to a stretch if it lies in
 * one file, and at least 32 KiB behind the file's start: no match in it reaches out of the file, so a plan that keeps
 * the file can keep the block's bits.
 */
export class BlockIndexer {
  private readonly least: number;
  private readonly most: number;
  private last: BlockEnd | undefined;
  private open: { start: BlockEnd; end: BlockEnd; firstBits: number } | undefined;
  private readonly window = new Uint8Array(WINDOW);
  private readonly found: { stretch: Stretch; window: Uint8Array }[] = [];

  /**
   * `fileStart` returns the position in the plain input at which the file begins that holds the last byte read, or
   * undefined if that byte belongs to no file. `TarIndexer` of @nx-linuxkit/tree knows it.
   */
  constructor(
    private readonly fileStart: () => number | undefined,
    { least = LEAST, most = MOST }: BlockIndexOptions = {},
  ) {
    [this.least, this.most] = [least, most];
  }

  /**
   * Adds a block that ends at `end`, once its bytes have been read. `before` returns the 32 KiB of plain bytes before
   * that end. `inflate` calls this.
   */
  add(end: BlockEnd, copyable: boolean, before: () => Uint8Array): void {
    const start = this.last;
    this.last = end;
    const file = this.fileStart();
    const isInFile = start && copyable && file !== undefined && start.position >= file + WINDOW;
    if (!isInFile || (this.open && end.position - this.open.start.position > LONGEST)) this.close();
    if (!isInFile) return;
    this.open ??= { start, end, firstBits: end.bits - start.bits };
    this.open.end = end;
    this.window.set(before());
  }

  /** Ends a gzip member: no stretch goes on in the next one. `inflate` calls this. */
  memberEnded(): void {
    this.close();
    this.last = undefined;
  }

  /** The index, after `inflate` has returned; undefined if there is no stretch. */
  finish(): BlockIndex | undefined {
    this.close();
    if (this.found.length === 0) return undefined;
    return packIndex(this.found.sort((a, b) => a.stretch.start.position - b.stretch.start.position));
  }

  private close(): void {
    const stretch = this.open;
    this.open = undefined;
    if (!stretch || lengthOf(stretch) < this.least || !this.makeRoom(lengthOf(stretch))) return;
    this.found.push({ stretch, window: this.window.slice() });
  }

  /** Drops the shortest stretch if the index is full; returns false if that one is at least as long as `length`. */
  private makeRoom(length: number): boolean {
    if (this.found.length < this.most) return true;
    const lengths = this.found.map(({ stretch }) => lengthOf(stretch));
    const shortest = lengths.indexOf(Math.min(...lengths));
    if (lengths[shortest] >= length) return false;
    this.found.splice(shortest, 1);
    return true;
  }
}

function lengthOf({ start, end }: Pick<Stretch, 'start' | 'end'>): number {
  return end.position - start.position;
}
