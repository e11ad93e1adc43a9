/**
 * Magic, deflate, no flags, no time, OS 255 (unknown): RFC 1952, section 2.3. No optional field, because
 * Linux's initramfs unpacker fails on FEXTRA, and a name or a time would not be a function of the input.
 */
export const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

/** CRC-32 of all uncompressed bytes, and their number modulo 2^32. */
export function gzipTrailer(crc: number, size: number): Buffer {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  return trailer;
}
