import { isDigest, type Digest } from '@nx-linuxkit/oci';
import { CacheError } from '../error.js';
import { NAME_BYTES } from './chunk-name.js';

/** The chunks of one pack, in order. */
export interface PackList {
  readonly digest: Digest;
  /** Bytes of the pack. */
  readonly size: number;
  /** For each chunk its name, and the bytes of its record as a number of 32 bits, little endian. */
  readonly rows: Buffer;
}

export const ROW_BYTES = NAME_BYTES + 4;
const SHA256_BYTES = 32;
/** Digest, size (6 bytes) and number of rows (4 bytes) of a pack. */
const HEAD_BYTES = SHA256_BYTES + 6 + 4;

/** Writes the lists of packs one after the other. It is not compressed: names are random. */
export function writeIndexBlob(packs: readonly PackList[]): Buffer {
  return Buffer.concat(
    packs.flatMap(({ digest, size, rows }) => {
      const head = Buffer.alloc(HEAD_BYTES);
      head.write(digest.slice('sha256:'.length), 'hex');
      head.writeUIntLE(size, SHA256_BYTES, 6);
      head.writeUInt32LE(rows.length / ROW_BYTES, SHA256_BYTES + 6);
      return [head, rows];
    }),
  );
}

/** Reads what `writeIndexBlob` wrote. Throws `damaged-entry`. */
export function* readIndexBlob(bytes: Buffer): Generator<PackList> {
  for (let at = 0; at < bytes.length;) {
    const digest = `sha256:${bytes.subarray(at, at + SHA256_BYTES).toString('hex')}`;
    if (bytes.length - at < HEAD_BYTES || !isDigest(digest)) throw damaged();
    const size = bytes.readUIntLE(at + SHA256_BYTES, 6);
    const length = bytes.readUInt32LE(at + SHA256_BYTES + 6) * ROW_BYTES;
    at += HEAD_BYTES;
    if (bytes.length - at < length) throw damaged();
    yield { digest, size, rows: bytes.subarray(at, at + length) };
    at += length;
  }
}

/** Yields the rows of a pack with the offset of each record. */
export function* rowsOf({ rows }: PackList): Generator<{ name: Buffer; offset: number; length: number }> {
  let offset = 0;
  for (let at = 0; at < rows.length; at += ROW_BYTES) {
    const length = rows.readUInt32LE(at + NAME_BYTES);
    yield { name: rows.subarray(at, at + NAME_BYTES), offset, length };
    offset += length;
  }
}

function damaged(): CacheError {
  return new CacheError('damaged-entry', 'an index of chunks ends too early');
}
