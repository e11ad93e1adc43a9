import { open, type FileHandle } from 'node:fs/promises';
import { lendFile, type GatherWriter } from '@nx-linuxkit/tree';

/** A run of bytes that are read when they are written. */
export interface Piece {
  /** bytes */
  readonly size: number;
  /** Chunks are lent. */
  lend(start: number, end: number): AsyncIterable<Uint8Array>;
  /** As `ByteSource.copy`. */
  copy(start: number, end: number, output: GatherWriter, position: number): Promise<void>;
}

/** Pieces one after the other. */
export function joined(pieces: readonly Piece[]): Piece {
  return {
    size: pieces.reduce((sum, { size }) => sum + size, 0),
    async *lend(start, end) {
      for (const { piece, from, to } of within(pieces, start, end)) yield* piece.lend(from, to);
    },
    async copy(start, end, output, position) {
      for (const { piece, at, from, to } of within(pieces, start, end))
        await piece.copy(from, to, output, position + at + from - start);
    },
  };
}

/** The pieces that have bytes of a range: which of their own bytes, and where they begin. */
function within(
  pieces: readonly Piece[],
  start: number,
  end: number,
): { piece: Piece; at: number; from: number; to: number }[] {
  let at = 0;
  return pieces
    .map((piece) => {
      const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.size)];
      const found = { piece, at, from, to };
      at += piece.size;
      return found;
    })
    .filter(({ from, to }) => from < to);
}

/** A piece that can only be read. */
export function lentPiece(size: number, lend: Piece['lend']): Piece {
  return {
    size,
    lend,
    async copy(start, end, output, position) {
      let at = position;
      for await (const chunk of lend(start, end)) {
        await output.bytes(chunk, at);
        at += chunk.length;
      }
    },
  };
}

export function bytesPiece(bytes: Uint8Array): Piece {
  return lentPiece(bytes.length, async function* (start, end) {
    yield bytes.subarray(start, end);
  });
}

export function zeros(size: number): Piece {
  return lentPiece(size, async function* (start, end) {
    yield new Uint8Array(end - start);
  });
}

/** All of a file that nobody writes to. */
export function filePiece(path: string, size: number, endsEarly: (at: number) => Error): Piece {
  const shared = new SharedFile(path);
  return {
    size,
    async *lend(start, end) {
      const file = await open(path);
      try {
        yield* lendFile(file, path, start, end);
      } finally {
        await file.close();
      }
    },
    async copy(start, end, output, position) {
      output.afterwards(() => shared.release());
      const { fd } = await shared.acquire();
      await output.range({ fd, endsEarly }, start, end, position);
    },
  };
}

/** Open as long as anybody reads it: a format of many blocks copies as many ranges. */
export class SharedFile {
  private handle: Promise<FileHandle> | undefined;
  private readers = 0;

  constructor(private readonly path: string) {}

  /** Whoever calls it calls `release` too, also when it fails. */
  acquire(): Promise<FileHandle> {
    this.readers += 1;
    return (this.handle ??= open(this.path));
  }

  async release(): Promise<void> {
    this.readers -= 1;
    if (this.readers > 0) return;
    const handle = await this.handle?.catch(() => undefined);
    this.handle = undefined;
    await handle?.close();
  }
}
