import { crc32 } from 'node:zlib';
import type { Core } from './core.js';
import { trailerFault } from './faults.js';

/** What the core has read of a gzip stream's plain bytes: how far it is, and the sums that each member's trailer has. */
export class MemberCheck {
  position = 0;
  crc = 0;
  private start = 0;

  constructor(private readonly core: Core) {}

  /** The bytes that were read since it was last asked, up to a position, in the core's memory until that runs again. */
  fresh(upTo: number): Uint8Array | undefined {
    const size = upTo - this.position;
    if (size === 0) return undefined;
    const bytes = this.before(upTo, size);
    this.crc = crc32(bytes, this.crc);
    this.position += size;
    return bytes;
  }

  /** So many bytes before a position that the core has read and not forgotten. */
  before(position: number, size: number): Uint8Array {
    const end = this.core.positionAt() - (this.core.position() - position);
    return this.core.bytes.subarray(end - size, end);
  }

  /** The core has passed over bytes that were summed up before. */
  passOver(position: number, crc: number): void {
    this.position = position;
    this.crc = crc;
  }

  /** At the end of a member. */
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
