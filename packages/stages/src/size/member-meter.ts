import { cleanPath, nameFromBytes } from '@nx-linuxkit/tree';

/** Bytes of a header: https://www.kernel.org/doc/html/v6.6/driver-api/early-userspace/buffer-format.html */
const HEADER_SIZE = 110;
/** Where the eight hexadecimal digits of these fields begin in it. */
const FIELD = { size: 54, nameSize: 94 } as const;
const TRAILER = 'TRAILER!!!';

/** Adds up what the members of one newc archive take, while its bytes pass by. Memory is one header and its name. */
export class MemberMeter {
  /** By path: compressed bytes of header, name and contents. */
  readonly packed = new Map<string, number>();
  private head = Buffer.alloc(0);
  /** Compressed bytes of the head so far. */
  private cost = 0;
  private path = '';
  /** Bytes of the member's contents that are still to come. */
  private left = 0;
  private ended = false;

  /** Takes the next plain bytes, which share `packed` compressed ones by their number. */
  take(plain: Uint8Array, packed: number): void {
    const rate = packed / plain.length;
    for (let at = 0; at < plain.length && !this.ended;) {
      if (this.left > 0) {
        const count = Math.min(this.left, plain.length - at);
        this.add(this.path, count * rate);
        this.left -= count;
        at += count;
        continue;
      }
      const count = Math.min(this.headSize() - this.head.length, plain.length - at);
      this.head = Buffer.concat([this.head, plain.subarray(at, at + count)]);
      this.cost += count * rate;
      at += count;
      if (this.head.length === this.headSize()) this.begin();
    }
  }

  /** Bytes of the header and, once it says so, of the name. */
  private headSize(): number {
    return this.head.length < HEADER_SIZE ? HEADER_SIZE : padded(HEADER_SIZE + this.number(FIELD.nameSize));
  }

  private begin(): void {
    const end = HEADER_SIZE + this.number(FIELD.nameSize) - 1;
    const name = nameFromBytes(this.head.subarray(HEADER_SIZE, end));
    this.ended = name === TRAILER;
    if (!this.ended) {
      this.path = cleanPath(name);
      this.left = padded(this.number(FIELD.size));
      this.add(this.path, this.cost);
    }
    this.head = Buffer.alloc(0);
    this.cost = 0;
  }

  private number(field: number): number {
    return Number.parseInt(this.head.toString('latin1', field, field + 8), 16);
  }

  private add(path: string, packed: number): void {
    this.packed.set(path, (this.packed.get(path) ?? 0) + packed);
  }
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}
