/** Collects small pieces into chunks that are worth passing on. What it is given must not change afterwards. */
export class Output {
  private pieces: Uint8Array[] = [];
  private bytes = 0;
  /** All bytes so far. */
  total = 0;

  push(piece: Uint8Array): void {
    this.pieces.push(piece);
    this.bytes += piece.length;
    this.total += piece.length;
  }

  /** True when `take` is due: 64 KiB make the cost of a chunk vanish. */
  get full(): boolean {
    return this.bytes >= 2 ** 16;
  }

  take(): Uint8Array {
    const chunk = this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces, this.bytes);
    this.pieces = [];
    this.bytes = 0;
    return chunk;
  }
}
