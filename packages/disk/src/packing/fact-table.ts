import type { Content } from '@nx-linuxkit/tree';

/** What packing has to know of a content: with it, no byte of the content is read. */
export interface ContentFacts {
  /** SHA-256 of each block; `ZEROS` for a block of zeros. */
  readonly digests: readonly Uint8Array[];
  /** CRC-32 of a content of one block; else 0. */
  readonly crc32: number;
}

/** Bytes of a SHA-256. */
export const DIGEST = 32;
/** Offset and size of the content with 48 bits each, then the CRC-32, little-endian; the digests follow. */
const HEAD = 6 + 6 + 4;

/** Facts of the contents of one source, as one piece of memory: a source may have many files. */
export class FactTable {
  /** Maps the offset of a content to the byte at which the last row of it begins. */
  private readonly rows = new Map<number, number>();
  /** Maps the byte at which a row begins to that of an earlier row of the same offset: contents there may differ in size. */
  private readonly before = new Map<number, number>();
  private used = 0;

  /** `blockSize` is in bytes; `bytes` has rows as `encode` gives them. */
  private constructor(
    private readonly blockSize: number,
    private bytes: Buffer,
  ) {}

  static empty(blockSize: number): FactTable {
    return new FactTable(blockSize, Buffer.alloc(0));
  }

  /** Undefined for bytes of another shape. */
  static decode(bytes: Buffer, blockSize: number): FactTable | undefined {
    const table = new FactTable(blockSize, bytes);
    while (table.used < bytes.length) {
      if (bytes.length - table.used < HEAD || table.endOf(table.used) > bytes.length) return undefined;
      table.takeRow();
    }
    return table;
  }

  find({ offset, size }: Content): ContentFacts | undefined {
    for (let at = this.rows.get(offset); at !== undefined; at = this.before.get(at)) {
      if (this.bytes.readUIntLE(at + 6, 6) !== size) continue;
      const digests: Uint8Array[] = [];
      for (let start = at + HEAD; start < this.endOf(at); start += DIGEST)
        digests.push(this.bytes.subarray(start, start + DIGEST));
      return { digests, crc32: this.bytes.readUInt32LE(at + 12) };
    }
    return undefined;
  }

  /** Notes the facts of a content that the table lacks. */
  add({ offset, size }: Content, { digests, crc32 }: ContentFacts): void {
    const at = this.used;
    const end = at + HEAD + digests.length * DIGEST;
    if (end > this.bytes.length) {
      const larger = Buffer.alloc(Math.max(end, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, at);
      this.bytes = larger;
    }
    this.bytes.writeUIntLE(offset, at, 6);
    this.bytes.writeUIntLE(size, at + 6, 6);
    this.bytes.writeUInt32LE(crc32, at + 12);
    digests.forEach((digest, i) => this.bytes.set(digest, at + HEAD + i * DIGEST));
    this.takeRow();
  }

  /** All rows, one behind the other. */
  encode(): Buffer {
    return this.bytes.subarray(0, this.used);
  }

  /** Takes the row behind those that were taken. */
  private takeRow(): void {
    const at = this.used;
    const offset = this.bytes.readUIntLE(at, 6);
    const other = this.rows.get(offset);
    if (other !== undefined) this.before.set(at, other);
    this.rows.set(offset, at);
    this.used = this.endOf(at);
  }

  /** The byte behind the row that begins at a byte. */
  private endOf(at: number): number {
    return at + HEAD + Math.ceil(this.bytes.readUIntLE(at + 6, 6) / this.blockSize) * DIGEST;
  }
}
