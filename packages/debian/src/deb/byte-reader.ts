import { DebianError } from '../errors.js';

/** Reads a stream in pieces of any size. */
export class ByteReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array = new Uint8Array();
  private consumed = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.source = bytes[Symbol.asyncIterator]();
  }

  /** The number of bytes that were returned or skipped so far. */
  get position(): number {
    return this.consumed;
  }

  /** Returns `size` bytes, or undefined at the end of the stream. Throws if the stream ends before `size` bytes. */
  async exactly(size: number): Promise<Buffer | undefined> {
    const bytes = await this.atMost(size);
    if (bytes.length === size) return bytes;
    if (bytes.length === 0) return undefined;
    throw truncated();
  }

  /** Returns `size` bytes, or fewer at the end of the stream. */
  async atMost(size: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let have = 0;
    while (have < size) {
      const part = await this.next(size - have);
      if (!part) break;
      parts.push(part);
      have += part.length;
    }
    return Buffer.concat(parts);
  }

  /** Yields `size` bytes in chunks as they arrive. */
  async *take(size: number): AsyncIterable<Uint8Array> {
    for (let left = size; left > 0;) {
      const part = await this.next(left);
      if (!part) throw truncated();
      left -= part.length;
      yield part;
    }
  }

  /** Skips the bytes before a position. */
  async skipTo(position: number): Promise<void> {
    // The stream may end before: the last padding byte of an archive may be missing.
    while (this.consumed < position && (await this.next(position - this.consumed)));
  }

  /** Closes the stream before its end. */
  async close(): Promise<void> {
    await this.source.return?.();
  }

  private async next(limit: number): Promise<Uint8Array | undefined> {
    while (this.chunk.length === 0) {
      const { value, done } = await this.source.next();
      if (done) return undefined;
      this.chunk = value;
    }
    const part = this.chunk.subarray(0, limit);
    this.chunk = this.chunk.subarray(part.length);
    this.consumed += part.length;
    return part;
  }
}

function truncated(): DebianError {
  return new DebianError('bad-format', 'the archive ends too early');
}
