/**
 * Magic, deflate, no flags, no time, OS 255 (unknown): RFC 1952, section 2.3. It has no optional field: Linux's
 * initramfs unpacker fails on FEXTRA, and the output must not depend on a name or a time.
 */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** The member's trailer: CRC-32 of the uncompressed bytes, and their number modulo 2^32. */
export function gzipTrailer(crc: number, size: number): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  return trailer;
}
