/** Pieces from this size on are passed on as they are: a write of their own costs less than copying them. */
const LARGE = 2 ** 15;
/** Bytes that make one chunk: enough for the cost per chunk to vanish. */
const CHUNK = 2 ** 16;

/** Collects small pieces into chunks worth passing on. The caller must not change a piece after it has pushed it. */
export class ChunkBuffer {
  private pieces: Uint8Array[] = [];
  private bytes = 0;

  push(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.pieces.push(piece);
    this.bytes += piece.length;
  }

  /** Whether there is enough for `take`. */
  get full(): boolean {
    return this.bytes >= CHUNK;
  }

  /** Empties the buffer: yields large pieces as they are, and joins the small ones between them. */
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
