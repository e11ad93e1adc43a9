/** Chunks that may wait: enough to keep both sides busy, at most a few MiB. */
const QUEUED = 16;

/** Hands chunks from one loop to another; the writer waits while the reader is behind. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  private readonly chunks: Uint8Array[] = [];
  private wake: () => void = () => undefined;
  private ended = false;
  private abandoned = false;
  private error: unknown;

  async push(chunk: Uint8Array): Promise<void> {
    if (this.abandoned) return;
    this.chunks.push(chunk);
    this.wake();
    while (this.chunks.length > QUEUED && !this.abandoned) await this.changed();
  }

  close(): void {
    this.ended = true;
    this.wake();
  }

  fail(error: unknown): void {
    this.error = error;
    this.close();
  }

  /** The reader is gone: the writer goes on alone. */
  abandon(): void {
    this.abandoned = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.chunks.shift();
      if (chunk) {
        this.wake();
        yield chunk;
      } else if (this.ended) {
        if (this.error !== undefined) throw this.error;
        return;
      } else {
        await this.changed();
      }
    }
  }

  private changed(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        this.wake = () => undefined;
        before();
        resolve();
      };
    });
  }
}
