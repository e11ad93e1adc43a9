import { deflateSync } from 'node:zlib';

/** Bytes of an uncompressed metadata block. */
const BLOCK = 8192;
const UNCOMPRESSED = 0x8000;

/** The place of a record in a metadata table. */
export interface Reference {
  /** Offset of the compressed block in the table. */
  readonly block: number;
  /** Offset in the uncompressed block. */
  readonly offset: number;
}

/** A reference as one number: 48 bits of block, 16 bits of offset. */
export const packReference = ({ block, offset }: Reference): bigint =>
  (BigInt(block) << 16n) | BigInt(offset);

/**
 * A table of metadata. Its blocks are compressed one after the other, because the place of each depends on the sizes of
 * those before it.
 */
export class MetadataTable {
  readonly #done: Buffer[] = [];
  #doneBytes = 0;
  #pending = Buffer.alloc(BLOCK);
  #used = 0;

  constructor(private readonly level: number) {}

  /** The place of the next record. */
  get position(): Reference {
    return { block: this.#doneBytes, offset: this.#used };
  }

  /** Appends a record, which may cross block borders, and returns its place. */
  append(record: Uint8Array): Reference {
    const start = this.position;
    for (let done = 0; done < record.length;) {
      const count = Math.min(BLOCK - this.#used, record.length - done);
      this.#pending.set(record.subarray(done, done + count), this.#used);
      this.#used += count;
      done += count;
      if (this.#used === BLOCK) this.#flush();
    }
    return start;
  }

  /** The table's bytes, and the offset of each block in them. */
  finish(): { bytes: Buffer; blocks: number[] } {
    this.#flush();
    const blocks: number[] = [];
    let at = 0;
    for (const block of this.#done) {
      blocks.push(at);
      at += block.length;
    }
    return { bytes: Buffer.concat(this.#done), blocks };
  }

  #flush(): void {
    if (this.#used === 0) return;
    const block = encodeBlock(this.#pending.subarray(0, this.#used), this.level);
    this.#done.push(block);
    this.#doneBytes += block.length;
    this.#used = 0;
  }
}

function encodeBlock(plain: Buffer, level: number): Buffer {
  const deflated = deflateSync(plain, { level });
  const smaller = deflated.length < plain.length;
  const bytes = smaller ? deflated : plain;
  const block = Buffer.alloc(2 + bytes.length);
  block.writeUInt16LE(smaller ? bytes.length : bytes.length | UNCOMPRESSED, 0);
  bytes.copy(block, 2);
  return block;
}

/** A table that is looked up by number: its blocks, then the offset of each. The table will lie at byte `start`. */
export function indexedTable(table: MetadataTable, start: number): { bytes: Buffer; index: number } {
  const { bytes, blocks } = table.finish();
  const places = Buffer.alloc(blocks.length * 8);
  blocks.forEach((at, i) => places.writeBigUInt64LE(BigInt(start + at), i * 8));
  return { bytes: Buffer.concat([bytes, places]), index: start + bytes.length };
}
