import { createHash } from 'node:crypto';
import { DiskError } from '../error.js';
import { imageContent, readBytes, readImage, type Image } from '../image/image.js';
import { alignUp } from '../image/units.js';
import { readPeHeader } from '../uefi/pe.js';

/** Bytes at the start of an EFI program that hold its headers; they have less than 2 KiB in practice. */
const HEADERS = 64 * 1024;
/** The certificate table's place among the data directories: Microsoft's "PE Format". */
const CERTIFICATES = 4;

/** The program as a signature covers it. */
export interface UnsignedProgram {
  /** Its headers, with an empty entry for the certificate table. */
  readonly head: Buffer;
  /** Offset of that entry: offset and size of the table, 32 bits each. */
  readonly entry: number;
  /** Offset of the checksum, 32 bits, which no signature covers. */
  readonly checksum: number;
  /** Bytes without the table of an earlier signature. */
  readonly size: number;
}

/** Reads the headers of an EFI program. A signature that it has is left out. Throws DiskError `bad-loader`. */
export async function unsignedProgram(program: Image): Promise<UnsignedProgram> {
  const head = await readBytes(imageContent(program), 0, Math.min(program.size, HEADERS));
  const { optional } = readPeHeader(head);
  if (head.readUInt32LE(optional + 108) <= CERTIFICATES) {
    throw new DiskError('bad-loader', 'expected an EFI program with room for a signature in its header');
  }
  const entry = optional + 112 + CERTIFICATES * 8;
  const table = head.readUInt32LE(entry);
  const end = table + head.readUInt32LE(entry + 4);
  if (table !== 0 && end !== program.size) {
    throw new DiskError(
      'bad-loader',
      `expected a certificate table at the program's end, which is ${program.size}, got one that ends at ${end}`,
    );
  }
  head.fill(0, entry, entry + 8);
  const size = table === 0 ? program.size : table;
  return { head: head.subarray(0, Math.min(head.length, size)), entry, checksum: optional + 64, size };
}

/**
 * The SHA-256 that Authenticode signs ("Windows Authenticode Portable Executable Signature Format"): all bytes but the
 * checksum and the entry of the certificate table, padded to the table's place.
 */
export async function programDigest(
  program: Image,
  { head, entry, checksum, size }: UnsignedProgram,
): Promise<Buffer> {
  const hash = createHash('sha256')
    .update(head.subarray(0, checksum))
    .update(head.subarray(checksum + 4, entry))
    .update(head.subarray(entry + 8));
  for await (const chunk of readImage(program, head.length, size)) hash.update(chunk);
  return hash.update(Buffer.alloc(alignUp(size, TABLE_UNIT) - size)).digest();
}

/** Bytes on which a certificate table and its entries begin. */
export const TABLE_UNIT = 8;
