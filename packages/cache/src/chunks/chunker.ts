import { createHash } from 'node:crypto';

/** Bytes. Smaller chunks find more, and make recipes and the index longer. */
export const AVERAGE = 8 << 10;
/** Bytes, in the proportions to the average that the paper measures as best (section 3.3). */
export const MINIMUM = AVERAGE >> 2;
/** Bytes. */
export const MAXIMUM = AVERAGE << 3;

/** Two bits more than the average asks for, before the average length, and two bits less after it: "normalized chunking". */
const MASK_BEFORE = 0xfffe0000 | 0;
const MASK_AFTER = 0xffe00000 | 0;

/**
 * A random number for each value of a byte. Everything that is stored depends on them, so they follow from a text that
 * never changes.
 */
const GEAR = Int32Array.from({ length: 256 }, (_, byte) =>
  createHash('sha256').update(`gear ${byte}`).digest().readInt32LE(0),
);

/**
 * Cuts a stream where its contents say so, so that an insertion moves the cuts around it and no others: FastCDC (Xia and
 * others, USENIX ATC 2016), with 32 bits of hash, which look at the last 32 bytes.
 */
export class Chunker {
  private readonly held = Buffer.allocUnsafe(MAXIMUM);
  private length = 0;

  /** `emit` has to use a chunk before it returns, as its bytes are overwritten afterwards. */
  constructor(private readonly emit: (chunk: Buffer) => void) {}

  push(bytes: Buffer): void {
    let start = 0;
    while (start < bytes.length) {
      const taken = Math.min(MAXIMUM - this.length, bytes.length - start);
      const isHeld = this.length > 0;
      if (isHeld) bytes.copy(this.held, this.length, start, start + taken);
      const [from, offset, end] = isHeld ? [this.held, 0, this.length + taken] : [bytes, start, bytes.length];
      const length = cutOf(from, offset, end);
      if (length === 0) {
        if (!isHeld) bytes.copy(this.held, 0, start);
        this.length = end - offset;
        return;
      }
      this.emit(from.subarray(offset, offset + length));
      start += length - this.length;
      this.length = 0;
    }
  }

  /** Emits the rest as a chunk. The next byte begins a new one. */
  end(): void {
    if (this.length > 0) this.emit(this.held.subarray(0, this.length));
    this.length = 0;
  }
}

/** Returns the length of the chunk that begins at `start`; 0 if bytes beyond `end` decide it. */
function cutOf(bytes: Buffer, start: number, end: number): number {
  const last = Math.min(end, start + MAXIMUM);
  const average = Math.min(last, start + AVERAGE);
  let hash = 0;
  let at = start + MINIMUM;
  for (; at < average; at++) {
    hash = ((hash << 1) + GEAR[bytes[at]]) | 0;
    if ((hash & MASK_BEFORE) === 0) return at + 1 - start;
  }
  for (; at < last; at++) {
    hash = ((hash << 1) + GEAR[bytes[at]]) | 0;
    if ((hash & MASK_AFTER) === 0) return at + 1 - start;
  }
  return last - start === MAXIMUM ? MAXIMUM : 0;
}
