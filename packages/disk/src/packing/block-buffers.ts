/**
 * Buffers that are used again: a new one for each block of a large image makes the garbage collector work as long as the
 * image is read.
 */
export class BlockBuffers {
  private readonly free: ArrayBuffer[] = [];

  /** `blockSize` is in bytes. */
  constructor(private readonly blockSize: number) {}

  /** A buffer of at most a block. It holds what was in it before. */
  take(size: number): Buffer {
    return Buffer.from(this.free.pop() ?? new ArrayBuffer(this.blockSize), 0, size);
  }

  /** Takes back a buffer that nothing uses any more. */
  give(buffer: Buffer): void {
    this.free.push(buffer.buffer as ArrayBuffer);
  }
}
