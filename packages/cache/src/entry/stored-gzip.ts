import { crc32 } from 'node:zlib';

/** RFC 1952: no name, no time, unknown system. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** RFC 1951, 3.2.4: most bytes of a stored block, and bytes before them. */
const BLOCK = 0xffff;
const BLOCK_HEAD = 5;
const EMPTY_LAST_BLOCK = Buffer.from([1, 0, 0, 0xff, 0xff]);
/** Blocks that are written at once: one megabyte. */
const BLOCKS = 16;

/** Where a gzip file goes to. */
export interface GzipOutput {
  /** Takes bytes of the file. They are overwritten once the promise is fulfilled. */
  write(bytes: Buffer): Promise<void>;
  /** Sees the plain bytes, before `write` has them. */
  plain(bytes: Buffer): void;
}

/**
 * Writes gzip without compressing: Nx wants a gzip member, and reads it over loopback, where compressing costs more than
 * it saves. Memory: one buffer of a megabyte, because fresh memory for each part takes longer than the copy into it.
 */
export class StoredGzip {
  private readonly buffer = Buffer.allocUnsafe(HEADER.length + BLOCKS * (BLOCK_HEAD + BLOCK));
  /** Where the open block's bytes begin, and where the next byte goes. */
  private start: number;
  private end: number;
  private crc = 0;
  private size = 0;

  constructor(private readonly output: GzipOutput) {
    HEADER.copy(this.buffer);
    this.start = this.end = HEADER.length + BLOCK_HEAD;
  }

  async add(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const taken = Math.min(bytes.length - done, this.start + BLOCK - this.end);
      bytes.copy(this.buffer, this.end, done, done + taken);
      this.end += taken;
      done += taken;
      if (this.end === this.start + BLOCK) await this.nextBlock();
    }
  }

  async finish(): Promise<void> {
    this.closeBlock();
    await this.flush();
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(this.crc, 0);
    trailer.writeUInt32LE(this.size % 2 ** 32, 4);
    await this.output.write(Buffer.concat([EMPTY_LAST_BLOCK, trailer]));
  }

  private async nextBlock(): Promise<void> {
    this.closeBlock();
    if (this.end + BLOCK_HEAD + BLOCK > this.buffer.length) await this.flush();
    this.start = this.end += BLOCK_HEAD;
  }

  /** Writes the head of the open block. One without bytes goes. */
  private closeBlock(): void {
    const { buffer, start, end } = this;
    const length = end - start;
    if (length === 0) return void (this.end -= BLOCK_HEAD);
    const plain = buffer.subarray(start, end);
    this.crc = crc32(plain, this.crc);
    this.size += length;
    this.output.plain(plain);
    buffer[start - BLOCK_HEAD] = 0;
    buffer.writeUInt16LE(length, start - BLOCK_HEAD + 1);
    buffer.writeUInt16LE(length ^ 0xffff, start - BLOCK_HEAD + 3);
  }

  private async flush(): Promise<void> {
    await this.output.write(this.buffer.subarray(0, this.end));
    this.end = 0;
  }
}
