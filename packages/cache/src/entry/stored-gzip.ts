import { crc32 } from 'node:zlib';

/** RFC 1952: no name, no time, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** RFC 1951, 3.2.4: bytes of a stored block. */
const BLOCK = 0xffff;
const EMPTY_LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff]);

/**
 * Writes gzip without compressing: Nx wants a gzip member, and reads it over loopback, where compressing costs more than
 * it saves. Memory: what it is given.
 */
export class StoredGzip {
  private crc = 0;
  private size = 0;

  begin(): Buffer {
    return HEADER;
  }

  /** The blocks of some bytes, which are not copied. */
  *blocks(bytes: Buffer): Generator<Buffer> {
    this.crc = crc32(bytes, this.crc);
    this.size += bytes.length;
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const part = bytes.subarray(at, at + BLOCK);
      const head = Buffer.alloc(5);
      head.writeUInt16LE(part.length, 1);
      head.writeUInt16LE(part.length ^ 0xffff, 3);
      yield head;
      yield part;
    }
  }

  end(): Buffer {
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.crc, 0);
    trailer.writeUInt32LE(this.size % 2 ** 32, 4);
    return Buffer.concat([EMPTY_LAST_BLOCK, trailer]);
  }
}
