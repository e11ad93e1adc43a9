/**
 * Magic, deflate, no flags, no time, OS 255 (unknown): RFC 1952, section 2.3. It has no optional field: Linux's
 * initramfs unpacker fails on FEXTRA, and the output must not depend on a name or a time.
 */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** An empty last block with fixed codes: RFC 1951, section 3.2.6. */
const LAST_BLOCK = Buffer.from([3, 0]);

/** Bytes of `gzipEnd`. */
export const GZIP_END_SIZE = LAST_BLOCK.length + 8;

/** The member's trailer: CRC-32 of the uncompressed bytes, and their number modulo 2^32. */
export function gzipTrailer(crc: number, size: number): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  return trailer;
}

/**
 * The end of a member that can be joined to others: an empty last block and the trailer.
 *
 * What lies between GZIP_HEADER and this end can be copied behind the same of other members: no block of it is the
 * last, it ends at a whole byte, and no match reaches before its start.
 */
export function gzipEnd(crc: number, size: number): Buffer {
  return Buffer.concat([LAST_BLOCK, gzipTrailer(crc, size)]);
}

/** The CRC-32 that the end of a member says. */
export function crcOfEnd(end: Uint8Array): number {
  return Buffer.from(end.buffer, end.byteOffset, end.length).readUInt32LE(LAST_BLOCK.length);
}
