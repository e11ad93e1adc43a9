import { crc32 } from 'node:zlib';
import type { Core } from './core.js';
import { trailerFault } from './faults.js';

/** Follows the plain bytes that the core reads: their position, and the CRC-32 and size that each trailer must have. */
export class MemberCheck {
  position = 0;
  crc = 0;
  private start = 0;

  constructor(private readonly core: Core) {}

  /** The bytes read since the last call, up to a position. They lie in the core's memory: valid until it runs again. */
  fresh(upTo: number): Uint8Array | undefined {
    const size = upTo - this.position;
    if (size === 0) return undefined;
    const bytes = this.before(upTo, size);
    this.crc = crc32(bytes, this.crc);
    this.position += size;
    return bytes;
  }

  /** The `size` bytes before a position, which must still lie in the core's window. */
  before(position: number, size: number): Uint8Array {
    const end = this.core.positionAt() - (this.core.position() - position);
    return this.core.bytes.subarray(end - size, end);
  }

  /** Moves on to `position` over bytes that are copied undecoded; `crc` is the member's CRC-32 there. */
  passOver(position: number, crc: number): void {
    this.position = position;
    this.crc = crc;
  }

  /** Compares CRC-32 and size with the trailer that the core has just read, and begins the next member. */
  verify(): void {
    const crc = this.core.memberCrc() >>> 0;
    const size = this.core.memberSize() >>> 0;
    const read = (this.position - this.start) % 2 ** 32;
    if (crc !== this.crc) throw trailerFault('crc-mismatch', crc, this.crc);
    if (size !== read) throw trailerFault('length-mismatch', size, read);
    this.crc = 0;
    this.start = this.position;
  }
}
