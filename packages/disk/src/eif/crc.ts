import { crc32 } from 'node:zlib';

/** The CRC-32 of a file that is written piece by piece. */
export class Crc {
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  /** The checksum in four bytes, big endian. */
  bytes(): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value);
    return bytes;
  }
}
