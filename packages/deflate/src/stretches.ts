import { stretchOf, windowOf, WINDOW, type BlockIndex, type Stretch } from './block-index.js';
import { NEVER, type Core } from './core.js';
import type { MemberCheck } from './member-check.js';

/**
 * A first block of so many bits has more tokens than those for which the core would rather write a block anew,
 * with what waits: 1,024, of at most 48 bits each, behind a header of at most 4,600.
 */
const SURE_BITS = 1 << 16;

/**
 * The stretches of an index that an edit can copy. It has the core stop where one may begin; copying is taken only if
 * decoding would come to the same bits, so that the output does not depend on whether there is an index.
 */
export class Stretches {
  /** Plain bytes that were copied without being decoded. */
  skipped = 0;
  private next = 0;

  constructor(
    private readonly core: Core,
    private readonly index: BlockIndex | undefined,
  ) {
    this.watch();
  }

  /** The core has stopped. `keptUpTo`: how far the plan keeps all from here on. Returns what the core copies now. */
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
