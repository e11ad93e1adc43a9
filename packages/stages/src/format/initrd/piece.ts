import { open, type FileHandle } from 'node:fs/promises';
import { lendFile, type ByteSource, type GatherWriter } from '@nx-linuxkit/tree';

/**
 * A run of bytes that are read when they are written: a ByteSource without an identity. `lend` yields chunks of a
 * buffer that is used again. `copy` writes into a file without bringing the bytes into this process, where the piece
 * can.
 */
export type Piece = Required<Pick<ByteSource, 'size' | 'lend' | 'copy'>>;

/** Joins pieces, one after the other. */
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

/** A part of a piece, counted in bytes from its start. */
export function slice(piece: Piece, from: number, size: number): Piece {
  return {
    size,
    lend: (start, end) => piece.lend(from + start, from + end),
    copy: (start, end, output, position) => piece.copy(from + start, from + end, output, position),
  };
}

/** A piece that has bytes of a range. */
interface Overlap {
  readonly piece: Piece;
  /** Where the piece begins in the whole. */
  readonly at: number;
  /** Its first byte in the range, and the byte behind the last, counted from its own start. */
  readonly from: number;
  readonly to: number;
}

function within(pieces: readonly Piece[], start: number, end: number): Overlap[] {
  let at = 0;
  return pieces
    .map((piece): Overlap => {
      const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.size)];
      const overlap = { piece, at, from, to };
      at += piece.size;
      return overlap;
    })
    .filter(({ from, to }) => from < to);
}

/** A piece whose bytes come through this process. */
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

/** A piece of bytes in memory. */
export function bytesPiece(bytes: Uint8Array): Piece {
  return lentPiece(bytes.length, async function* (start, end) {
    yield bytes.subarray(start, end);
  });
}

/** A piece of zeros. */
export function zeros(size: number): Piece {
  return lentPiece(size, async function* (start, end) {
    yield new Uint8Array(end - start);
  });
}

/** A piece of all of a file, which must not change. `endsEarly` makes the error for a file that is too short. */
export function filePiece(path: string, size: number, endsEarly: (at: number) => Error): Piece {
  const shared = new SharedFile(() => open(path));
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
      const { fd } = await shared.acquire(output);
      await output.range({ fd, endsEarly }, start, end, position);
    },
  };
}

/** A file that stays open as long as an output reads it: a format of many blocks copies as many ranges. */
export class SharedFile {
  private handle: Promise<FileHandle> | undefined;
  private readers = 0;

  constructor(private readonly open: () => Promise<FileHandle>) {}

  /** Opens the file until the output is done with it. */
  acquire(output: GatherWriter): Promise<FileHandle> {
    output.afterwards(() => this.release());
    this.readers += 1;
    return (this.handle ??= this.open());
  }

  private async release(): Promise<void> {
    this.readers -= 1;
    if (this.readers > 0) return;
    const handle = await this.handle?.catch(() => undefined);
    this.handle = undefined;
    await handle?.close();
  }
}
