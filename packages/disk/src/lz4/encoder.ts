/** Matches and literals of the block format: lz4_Block_format.md of the LZ4 project. */
const MIN_MATCH = 4;
/** The last match begins at least so many bytes before the end of a block. */
const LAST_MATCH = 12;
/** The last bytes of a block are literals. */
const LAST_LITERALS = 5;
const MAX_DISTANCE = 0xffff;
/** The value of a token's half that further bytes follow. */
const LONG = 15;

const HASH_BITS = 15;
/** Earlier places that are compared: twice as many make my-os smaller by 0.3 % and take half as long again. */
const CHAIN = 48;
/** A match of this length is taken without a look at the next byte. */
const GOOD = 64;

interface Match {
  readonly length: number;
  readonly distance: number;
}

/**
 * Compresses blocks by LZ4, with chains of hashes and a look at the next byte before a match is taken. The bytes depend on the
 * block alone. An encoder keeps its tables for the next block.
 */
export class Lz4Encoder {
  private readonly head = new Int32Array(1 << HASH_BITS);
  /** The place before with the same hash, for each place. */
  private readonly before: Int32Array;
  private readonly output: Buffer;
  private input: Uint8Array = new Uint8Array(0);
  private inserted = 0;
  private written = 0;

  /** `largest` is the size of the largest block in bytes. */
  constructor(private readonly largest: number) {
    this.before = new Int32Array(largest);
    this.output = Buffer.allocUnsafeSlow(largest + Math.ceil(largest / 255) + 16);
  }

  /** The compressed block, in memory of its own. Throws RangeError for a block that is larger than the largest one. */
  encode(input: Uint8Array): Buffer {
    if (input.length > this.largest) {
      throw new RangeError(`expected at most ${this.largest} bytes, got ${input.length}`);
    }
    this.begin(input);
    const lastStart = input.length - LAST_MATCH;
    let literals = 0;
    for (let at = 0; at <= lastStart;) {
      let match = this.longestAt(at, MIN_MATCH - 1);
      if (!match) {
        at += 1;
        continue;
      }
      while (match.length < GOOD && at < lastStart) {
        const later = this.longestAt(at + 1, match.length);
        if (!later) break;
        match = later;
        at += 1;
      }
      this.write(literals, at, match);
      at += match.length;
      literals = at;
    }
    this.write(literals, input.length);
    return Buffer.from(this.output.subarray(0, this.written));
  }

  private begin(input: Uint8Array): void {
    this.input = input;
    this.head.fill(-1);
    this.inserted = 0;
    this.written = 0;
  }

  /** The longest match at a place that is longer than `than` bytes. */
  private longestAt(at: number, than: number): Match | undefined {
    const { input, head, before } = this;
    for (; this.inserted < at; this.inserted += 1) this.insert(this.inserted);
    const end = input.length - LAST_LITERALS;
    const nearest = at - MAX_DISTANCE;
    let [length, distance] = [than, 0];
    let candidate = head[this.hashAt(at)]!;
    for (let left = CHAIN; left > 0 && candidate >= 0 && candidate >= nearest; left -= 1) {
      // A longer match has other bytes than the longest one up to now only behind its end.
      if (input[candidate + length] === input[at + length]) {
        let same = 0;
        while (at + same < end && input[candidate + same] === input[at + same]) same += 1;
        if (same > length) {
          [length, distance] = [same, at - candidate];
          if (at + length >= end) break;
        }
      }
      candidate = before[candidate]!;
    }
    return distance > 0 ? { length, distance } : undefined;
  }

  private insert(at: number): void {
    const hash = this.hashAt(at);
    this.before[at] = this.head[hash]!;
    this.head[hash] = at;
  }

  private hashAt(at: number): number {
    const { input } = this;
    const word = input[at]! | (input[at + 1]! << 8) | (input[at + 2]! << 16) | (input[at + 3]! << 24);
    return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
  }

  /** Writes a sequence: literals, then a match; the last sequence has none. */
  private write(from: number, to: number, match?: Match): void {
    const { output } = this;
    const literals = to - from;
    const more = match ? match.length - MIN_MATCH : 0;
    output[this.written++] = (Math.min(literals, LONG) << 4) | Math.min(more, LONG);
    this.writeLength(literals);
    output.set(this.input.subarray(from, to), this.written);
    this.written += literals;
    if (!match) return;
    output[this.written++] = match.distance & 0xff;
    output[this.written++] = match.distance >> 8;
    this.writeLength(more);
  }

  private writeLength(length: number): void {
    if (length < LONG) return;
    let rest = length - LONG;
    for (; rest >= 255; rest -= 255) this.output[this.written++] = 255;
    this.output[this.written++] = rest;
  }
}
