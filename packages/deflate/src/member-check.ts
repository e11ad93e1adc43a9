import { crc32 } from 'node:zlib';
import type { Core } from './core.js';
import { trailerFault } from './faults.js';

/** What the core has read of a gzip stream's plain bytes: how far it is, and the sums that each member's trailer has. */
export class MemberCheck {
  position = 0;
  crc = 0;
  private start = 0;

  constructor(private readonly core: Core) {}

  /** The bytes that were read since it was last asked, in the core's memory until that runs again. */
  fresh(): Uint8Array | undefined {
    const size = this.core.position() - this.position;
    if (size === 0) return undefined;
    const end = this.core.positionAt();
    const bytes = this.core.bytes.subarray(end - size, end);
    this.crc = crc32(bytes, this.crc);
    this.position += size;
    return bytes;
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
