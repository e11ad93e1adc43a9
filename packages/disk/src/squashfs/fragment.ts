import { crc32 } from 'node:zlib';

/** One of eight files, by its bytes, ends a fragment block that is at least half full. */
const END_MASK = 0x07;

/**
 * The fragment block that small files are put into. It ends where the bytes of a file say so: then files that are added,
 * removed or changed in size move the limits of a few fragment blocks, and the others stay as they were.
 */
export class OpenFragment {
  private index = 0;
  private used = 0;
  private bytes: Buffer;
  private isEnded = false;

  constructor(private readonly blockSize: number) {
    this.bytes = Buffer.alloc(blockSize);
  }

  get isEmpty(): boolean {
    return this.used === 0;
  }

  /** Whether the block ends here. */
  get isFull(): boolean {
    return this.isEnded;
  }

  hasRoom(file: Buffer): boolean {
    return this.used + file.length <= this.blockSize;
  }

  /** Adds a file for which there is room, and returns its place. */
  add(file: Buffer): { index: number; offset: number } {
    const place = { index: this.index, offset: this.used };
    file.copy(this.bytes, this.used);
    this.used += file.length;
    this.isEnded = this.used >= this.blockSize / 2 && (crc32(file) & END_MASK) === 0;
    return place;
  }

  /** The bytes of the block; the next one begins. */
  take(): Buffer {
    const plain = this.bytes.subarray(0, this.used);
    this.bytes = Buffer.alloc(this.blockSize);
    this.used = 0;
    this.index += 1;
    this.isEnded = false;
    return plain;
  }
}
