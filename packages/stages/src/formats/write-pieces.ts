import { open, type FileHandle } from 'node:fs/promises';
import { Copies, readContent, writeParts, type Content } from '@nx-linuxkit/tree';

/** From here on a content that can writes itself; smaller ones are gathered. */
const LARGE = 1 << 20;
/** Small writes become one of about this size. */
const BATCH = 1 << 20;

/** Writes pieces one after the other to a file. Large contents write themselves to their places meanwhile. */
export async function writePieces(path: string, pieces: Iterable<Uint8Array | Content>): Promise<void> {
  const file = await open(path, 'w');
  const writer = new PieceWriter(file);
  try {
    for (const piece of pieces) await writer.add(piece);
    await writer.finish();
  } finally {
    await writer.settle();
    await file.close();
  }
}

class PieceWriter {
  private position = 0;
  private gathered: Uint8Array[] = [];
  private size = 0;
  private readonly copies = new Copies();

  constructor(private readonly file: FileHandle) {}

  async add(piece: Uint8Array | Content): Promise<void> {
    if (piece instanceof Uint8Array) return this.gather(piece);
    const { source, offset, size } = piece;
    if (size < LARGE || !source.copy) {
      for await (const chunk of readContent(piece)) await this.gather(chunk);
      return;
    }
    await this.flush();
    const at = this.position;
    this.position += size;
    await this.copies.add(() => source.copy!(offset, offset + size, this.file, at));
  }

  /** What is left is written. */
  async finish(): Promise<void> {
    await this.flush();
    await this.copies.settle();
    this.copies.check();
    // What a copy left out at the end is a hole only if the file reaches beyond it.
    await this.file.truncate(this.position);
  }

  settle(): Promise<void> {
    return this.copies.settle();
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
    await writeParts(this.file, pieces, at);
  }
}
