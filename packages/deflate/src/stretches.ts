import { stretchOf, windowOf, WINDOW, type BlockIndex, type Stretch } from './block-index.js';
import { NEVER, type Core } from './core.js';
import type { MemberCheck } from './member-check.js';

/**
 * A block of this many bits has at least 1,024 tokens (each has at most 48 bits, behind a header of at most 4,600). The
 * core copies such a block even while other tokens wait; it would encode a shorter one anew, together with them.
 */
const SURE_BITS = 1 << 16;

/**
 * Chooses the stretches of an index that an edit copies. It makes the core stop where one may begin, and copies it only
 * if decoding it would give the same bits, so that the output is the same without an index.
 */
export class Stretches {
  /** Plain bytes that were copied without decoding them. */
  skipped = 0;
  private next = 0;

  constructor(
    private readonly core: Core,
    private readonly index: BlockIndex | undefined,
  ) {
    this.watch();
  }

  /**
   * Handles a stop of the core at a possible stretch: returns the stretch that the core copies next, or undefined if
   * none fits. `keptUpTo` is the position up to which the plan keeps all bytes from here on.
   */
  copy(check: MemberCheck, keptUpTo: number): Stretch | undefined {
    if (!this.index) return undefined;
    let stretch = stretchOf(this.index, this.next);
    while (stretch && stretch.start.position < check.position) stretch = stretchOf(this.index, ++this.next);
    const here = stretch && this.fits(stretch, check, keptUpTo) ? stretch : undefined;
    if (here) this.begin(here, windowOf(this.index, this.next));
    if (stretch?.start.position === check.position) this.next += 1;
    this.watch();
    return here;
  }

  private fits({ start, end, firstBits }: Stretch, check: MemberCheck, keptUpTo: number): boolean {
    return (
      start.position === check.position &&
      start.bits === this.core.bits() &&
      start.crc === check.crc &&
      end.position <= keptUpTo &&
      this.core.regionFrom() + WINDOW <= start.position &&
      (this.core.waiting() === 0 || firstBits >= SURE_BITS)
    );
  }

  private begin({ start, end }: Stretch, window: Uint8Array): void {
    this.core.bytes.set(window, this.core.historyAt());
    this.core.copyStretch(end.bits - start.bits, end.position);
    this.skipped += end.position - start.position;
  }

  private watch(): void {
    const stretch = this.index && stretchOf(this.index, this.next);
    this.core.stretchAt(stretch?.start.position ?? NEVER);
  }
}
