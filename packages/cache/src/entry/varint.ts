import { CacheError } from '../error.js';

/** Writes numbers of up to 53 bits, 7 bits a byte, the lowest first; all but the last byte have the highest bit set. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  return Buffer.from([...bytes, value]);
}

/** Reads what `varint` wrote, and bytes, in order. Throws `damaged-entry` at the end of the buffer. */
export class VarintReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.take(1)[0];
      value += (byte & 0x7f) * scale;
      if (!Number.isSafeInteger(value))
        throw new CacheError('damaged-entry', 'a number of a recipe is too large');
      if (byte < 0x80) return value;
    }
  }

  take(length: number): Buffer {
    if (length > this.bytes.length - this.at)
      throw new CacheError('damaged-entry', 'a recipe ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
