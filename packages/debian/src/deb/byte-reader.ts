import { DebianError } from '../errors.js';

/** Reads a stream in pieces of known size. */
export class ByteReader {
  private readonly source: AsyncIterator<Uint8Array>;
  private chunk: Uint8Array = new Uint8Array();
  private consumed = 0;

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.source = bytes[Symbol.asyncIterator]();
  }

  /** Bytes handed out or skipped so far. */
  get position(): number {
    return this.consumed;
  }

  /** That many bytes; `undefined` at the end of the stream; an error in the middle. */
  async exactly(size: number): Promise<Buffer | undefined> {
    const bytes = await this.atMost(size);
    if (bytes.length === size) return bytes;
    if (bytes.length === 0) return undefined;
    throw truncated();
  }

  /** That many bytes, or those that are left. */
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

  async *take(size: number): AsyncIterable<Uint8Array> {
    for (let left = size; left > 0;) {
      const part = await this.next(left);
      if (!part) throw truncated();
      left -= part.length;
      yield part;
    }
  }

  async skipTo(position: number): Promise<void> {
    /** The last padding byte may be missing at the end of an archive. */
    while (this.consumed < position && (await this.next(position - this.consumed)));
  }

  /** Lets go of the stream when not all of it is wanted. */
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
