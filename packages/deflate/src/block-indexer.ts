import { packIndex, WINDOW, type BlockEnd, type BlockIndex, type Stretch } from './block-index.js';

/** Copying a shorter one saves less than its window costs: 128 KiB decode in 0.4 ms. */
const LEAST = 1 << 17;
/** 8 MiB of windows. Of more stretches the longest are kept. */
const MOST = 256;
/** A longer one is cut, so that lengths stay far below what a CRC can be shifted by. */
const LONGEST = 2 ** 30;

export interface BlockIndexOptions {
  /** Plain bytes of the shortest stretch that is kept. */
  readonly least?: number;
  /** How many are kept. */
  readonly most?: number;
}

/**
 * Finds stretches, for `inflate`. A block is part of one if it lies in a single file and so far behind the file's
 * start that no match reaches before it: then whatever a plan makes of all else, keeping the file keeps the block's
 * bits. Only whoever reads the archive knows where files are.
 */
export class BlockIndexer {
  private readonly least: number;
  private readonly most: number;
  private last: BlockEnd | undefined;
  private open: { start: BlockEnd; end: BlockEnd; firstBits: number } | undefined;
  private readonly window = new Uint8Array(WINDOW);
  private readonly found: { stretch: Stretch; window: Uint8Array }[] = [];

  /** `fileStart` says where the file began whose bytes the last one read is among, if it is one of a file. */
  constructor(
    private readonly fileStart: () => number | undefined,
    { least = LEAST, most = MOST }: BlockIndexOptions = {},
  ) {
    [this.least, this.most] = [least, most];
  }

  /** A block ended, whose bytes have all been read; `before` are the plain bytes before its end. */
  add(end: BlockEnd, copyable: boolean, before: () => Uint8Array): void {
    const start = this.last;
    this.last = end;
    const file = this.fileStart();
    const solid = start && copyable && file !== undefined && start.position >= file + WINDOW;
    if (!solid || (this.open && end.position - this.open.start.position > LONGEST)) this.close();
    if (!solid) return;
    this.open ??= { start, end, firstBits: end.bits - start.bits };
    this.open.end = end;
    this.window.set(before());
  }

  /** The next block is the first one of a member. */
  memberEnded(): void {
    this.close();
    this.last = undefined;
  }

  /** Undefined if there is none. */
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

  /** False if all that there are are as long. */
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
