/**
 * Indexed by the mask of opcodes among the last three bytes: whether this one may be converted, and which byte
 * decides.
 */
const ALLOWED = [true, true, true, false, true, false, false, false];
const BIT = [0, 1, 2, 2, 3, 3, 3, 3];
/** Bytes of an opcode and its address. */
const INSTRUCTION = 5;

/**
 * Undoes the x86 filter of the .xz format, which turns the relative addresses of CALL and JMP into absolute
 * ones (xz file format 5.3.2), over a stream whose chunks it changes in place.
 */
export async function* decodeX86(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const filter = new X86Filter();
  let rest = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const block = Buffer.concat([rest, chunk]);
    const done = filter.decode(block);
    yield block.subarray(0, done);
    rest = block.subarray(done);
  }
  yield rest;
}

class X86Filter {
  private position = 0;
  private mask = 0;

  /** Converts in place, and gives how many bytes are final. */
  decode(block: Buffer): number {
    let previous = -1;
    let i = 0;
    for (; i <= block.length - INSTRUCTION; i += 1) {
      if ((block[i] & 0xfe) !== 0xe8) continue;
      this.age(i - previous);
      previous = i;
      if (this.mask !== 0 && !(ALLOWED[this.mask] && !isSign(block[i + 4 - BIT[this.mask]]))) {
        this.mask = ((this.mask << 1) | 1) & 7;
      } else if (isSign(block[i + 4])) {
        block.writeInt32LE(this.relative(block.readUInt32LE(i + 1), this.position + i + INSTRUCTION), i + 1);
        i += 4;
      } else {
        this.mask = ((this.mask << 1) | 1) & 7;
      }
    }
    this.age(i - previous);
    // Ageing shifts by one less than the distance; the next block's first byte is one further on.
    this.position += i;
    return i;
  }

  private age(distance: number): void {
    this.mask = distance > 3 ? 0 : (this.mask << (distance - 1)) & 7;
  }

  private relative(absolute: number, next: number): number {
    for (let source = absolute; ;) {
      const target = (source - next) | 0;
      const shift = BIT[this.mask] * 8;
      const byte = (target >>> (24 - shift)) & 0xff;
      // Sign-extended from 25 bits: an address so far away was never converted.
      if (this.mask === 0 || !isSign(byte)) return (target << 7) >> 7;
      source = target ^ (2 ** (32 - shift) - 1);
    }
  }
}

/** Tells whether a byte can be the highest of an address within 16 MiB. */
function isSign(byte: number): boolean {
  return byte === 0 || byte === 0xff;
}
