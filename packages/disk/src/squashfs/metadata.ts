import { deflateSync } from 'node:zlib';

/** Metadata come in blocks of 8 KiB before compression. */
const BLOCK = 8192;
const UNCOMPRESSED = 0x8000;

/** Where in a table something begins: its compressed block's offset in the table, and its place in the block. */
export interface Reference {
  readonly block: number;
  readonly offset: number;
}

/** As inodes are referred to from other tables: 48 bits of block, 16 of offset. */
export const packReference = ({ block, offset }: Reference): bigint =>
  (BigInt(block) << 16n) | BigInt(offset);

/**
 * A table of metadata. Blocks are compressed one after the other, as each one's place depends on the sizes of
 * those before it.
 */
export class MetadataTable {
  readonly #done: Buffer[] = [];
  #doneBytes = 0;
  #pending = Buffer.alloc(BLOCK);
  #used = 0;

  constructor(private readonly level: number) {}

  /** Where the next record will begin. */
  get position(): Reference {
    return { block: this.#doneBytes, offset: this.#used };
  }

  /** Records may cross blocks. */
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

  /** The table's bytes, and where in them each block begins. */
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

/** A table that is looked up by number: its blocks, then the place of each; `start` is where it will lie. */
export function indexedTable(table: MetadataTable, start: number): { bytes: Buffer; index: number } {
  const { bytes, blocks } = table.finish();
  const places = Buffer.alloc(blocks.length * 8);
  blocks.forEach((at, i) => places.writeBigUInt64LE(BigInt(start + at), i * 8));
  return { bytes: Buffer.concat([bytes, places]), index: start + bytes.length };
}
