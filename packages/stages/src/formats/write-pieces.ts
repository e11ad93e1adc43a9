import { open, type FileHandle } from 'node:fs/promises';
import { readContent, type Content } from '@nx-linuxkit/tree';

/** From here on a content that can writes itself; smaller ones are gathered. */
const LARGE = 1 << 20;
/** Small writes become one of about this size. */
const BATCH = 1 << 20;
/** Copies under way at most: each is cut into shares for the threads there are. */
const COPIES = 8;

/** Writes pieces one after the other to a file. Large contents write themselves to their places meanwhile. */
export async function writePieces(path: string, pieces: Iterable<Uint8Array | Content>): Promise<void> {
  const file = await open(path, 'w');
  const writer = new PieceWriter(file);
  try {
    for (const piece of pieces) await writer.add(piece);
  } finally {
    await writer.settle();
    await file.close();
  }
  writer.check();
}

class PieceWriter {
  private position = 0;
  private gathered: Uint8Array[] = [];
  private size = 0;
  private readonly copies = new Set<Promise<void>>();
  private failure: { error: unknown } | undefined;

  constructor(private readonly file: FileHandle) {}

  async add(piece: Uint8Array | Content): Promise<void> {
    if (piece instanceof Uint8Array) return this.gather(piece);
    const { source, offset, size } = piece;
    if (size < LARGE || !source.copy) {
      for await (const chunk of readContent(piece)) await this.gather(chunk);
      return;
    }
    await this.flush();
    const copy = source
      .copy(offset, offset + size, this.file, this.position)
      .catch((error: unknown) => void (this.failure ??= { error }))
      .finally(() => this.copies.delete(copy));
    this.copies.add(copy);
    this.position += size;
    if (this.copies.size >= COPIES) await Promise.race(this.copies);
    this.check();
  }

  /** Everything is written, or has failed: nobody is at the file any more. */
  async settle(): Promise<void> {
    await this.flush().catch((error: unknown) => void (this.failure ??= { error }));
    await Promise.all(this.copies);
    // What a copy left out at the end is a hole only if the file reaches beyond it.
    await this.file.truncate(this.position);
  }

  check(): void {
    if (this.failure) throw this.failure.error;
  }

  private async gather(bytes: Uint8Array): Promise<void> {
    this.gathered.push(bytes);
    this.size += bytes.length;
    if (this.size >= BATCH) await this.flush();
  }

  private async flush(): Promise<void> {
    const [pieces, size, at] = [this.gathered, this.size, this.position];
    if (size === 0) return;
    this.gathered = [];
    this.size = 0;
    this.position += size;
    const { bytesWritten } = await this.file.writev(pieces, at);
    if (bytesWritten < size)
      await this.writeRest(Buffer.concat(pieces).subarray(bytesWritten), at + bytesWritten);
  }

  /** The kernel may take less than it is given. */
  private async writeRest(bytes: Buffer, at: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
    }
  }
}
