import { createHash } from 'node:crypto';
import type { BlockOnDemand } from '../packing/pack-blocks.js';

/** One of eight files, by its bytes, ends a fragment block that is at least half full. */
const END_MASK = 0x07;

/** A file that is put into a fragment block. */
export interface SmallFile {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of its bytes. */
  readonly digest: Uint8Array;
  /** CRC-32 of its bytes. */
  readonly crc32: number;
  /** Its bytes, if they were read already. */
  readonly bytes?: Buffer;
  /** Reads its bytes into a buffer of its size. */
  readInto(target: Buffer): Promise<void>;
}

/**
 * The fragment block that small files are put into. It ends where the bytes of a file say so: then files that are added,
 * removed or changed in size move the limits of a few fragment blocks, and the others stay as they were.
 */
export class OpenFragment {
  private index = 0;
  private used = 0;
  private bytes?: Buffer;
  private digests = createHash('sha256').update('fragment\n');
  /** Files that were not read, at their offsets. */
  private unread: { readonly offset: number; readonly file: SmallFile }[] = [];
  private isEnded = false;

  constructor(private readonly blockSize: number) {}

  get isEmpty(): boolean {
    return this.used === 0;
  }

  /** Whether the block ends here. */
  get isFull(): boolean {
    return this.isEnded;
  }

  hasRoom({ size }: SmallFile): boolean {
    return this.used + size <= this.blockSize;
  }

  /** Adds a file for which there is room, and returns its place. Its bytes are copied, if it has them. */
  add(file: SmallFile): { index: number; offset: number } {
    const place = { index: this.index, offset: this.used };
    if (file.bytes) file.bytes.copy((this.bytes ??= Buffer.alloc(this.blockSize)), this.used);
    else this.unread.push({ offset: this.used, file });
    this.digests.update(file.digest);
    this.used += file.size;
    this.isEnded = this.used >= this.blockSize / 2 && (file.crc32 & END_MASK) === 0;
    return place;
  }

  /** The block, which reads what was not read when it has to; the next one begins. */
  take(): BlockOnDemand {
    const { used, bytes, unread, blockSize } = this;
    const load = async () => {
      const block = bytes ?? Buffer.alloc(blockSize);
      for (const { offset, file } of unread) await file.readInto(block.subarray(offset, offset + file.size));
      return block.subarray(0, used);
    };
    const digest = this.digests.digest();
    this.digests = createHash('sha256').update('fragment\n');
    this.bytes = undefined;
    this.unread = [];
    this.used = 0;
    this.index += 1;
    this.isEnded = false;
    return { digest, load };
  }
}
