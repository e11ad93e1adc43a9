/** From here on a write of its own costs less than a copy. */
const LARGE = 2 ** 15;

/** Collects small pieces into chunks that are worth passing on. What it is given must not change afterwards. */
export class Output {
  private pieces: Uint8Array[] = [];
  private bytes = 0;

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.pieces.push(piece);
    this.bytes += piece.length;
  }

  /** True when `take` is due: 64 KiB make the cost of a chunk vanish. */
  get full(): boolean {
    return this.bytes >= 2 ** 16;
  }

  /** All that was pushed since the last time: large pieces as they are, small ones between them as one. */
  *take(): Generator<Uint8Array> {
    const taken = this.pieces;
    this.pieces = [];
    this.bytes = 0;
    for (let at = 0; at < taken.length;) {
      let end = at + 1;
      if (taken[at]!.length < LARGE) while (end < taken.length && taken[end]!.length < LARGE) end++;
      yield end === at + 1 ? taken[at]! : Buffer.concat(taken.slice(at, end));
      at = end;
    }
  }
}
