import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { hashFile } from '@nx-linuxkit/deflate';
import { lendContent, lendFile, type Content } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import type { Initramfs, PlacedSegment } from '../initramfs/index.js';
import type { Pipeline } from '../pipeline.js';

/** A run of the initrd: microcode, its padding, or a segment. */
interface Piece {
  readonly id: string;
  readonly size: number;
  /** Chunks are lent. */
  lend(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** The initrd as bytes that are read when they are written: microcode first, then every segment, verified. */
export function initrdContent(
  pipeline: Pipeline,
  { segments }: Initramfs,
  ucode: Content | undefined,
): Content {
  const pieces = [...(ucode ? microcode(ucode) : []), ...segments.map((one) => segmentPiece(pipeline, one))];
  const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
  const hash = createHash('sha256').update(pieces.map((piece) => `${piece.id} ${piece.size}\n`).join(''));
  const source = {
    id: `initrd sha256:${hash.digest('hex')}`,
    size,
    lend: (start: number, end: number) => lendPieces(pieces, start, end),
    read: (start: number, end: number) => copies(lendPieces(pieces, start, end)),
  };
  return { source, offset: 0, size };
}

async function* lendPieces(pieces: readonly Piece[], start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const piece of pieces) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.size)];
    if (from < to) yield* piece.lend(from, to);
    at += piece.size;
  }
}

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** An uncompressed archive is followed by one that starts at a multiple of four. */
function microcode(ucode: Content): Piece[] {
  const { source, offset, size } = ucode;
  const padding = (4 - (size % 4)) % 4;
  return [
    {
      id: `${source.id} ${offset}`,
      size,
      lend: (start, end) => lendContent({ source, offset: offset + start, size: end - start }),
    },
    {
      id: 'padding',
      size: padding,
      async *lend(start, end) {
        yield new Uint8Array(end - start);
      },
    },
  ];
}

/**
 * A segment is hashed by another thread while it is copied, through the same descriptor, so that both see the same
 * file. A part of it can only be trusted once all of it was read: then that is done first, once.
 */
function segmentPiece(pipeline: Pipeline, segment: PlacedSegment): Piece {
  const front = segment.start ?? 0;
  const size = segment.size - front;
  const path = pipeline.path(segment.path);
  let verified: Promise<void> | undefined;
  return {
    id: front > 0 ? `${segment.sha256} ${front}` : segment.sha256,
    size,
    async *lend(start, end) {
      const file = await open(path);
      const whole = start === 0 && end === size;
      const verdict = whole ? verify(file, segment) : (verified ??= verify(file, segment));
      // Awaited below, but a failure of the copy may come first.
      verdict.catch(() => undefined);
      try {
        if (!whole) await verdict;
        yield* lendFile(file, path, front + start, front + end);
        await verdict;
      } catch (error) {
        // One that ends early is damaged, which says more.
        await verdict;
        throw error;
      } finally {
        // The thread reads from the descriptor, whose number another file would get.
        await verdict.catch(() => undefined);
        await file.close();
      }
    },
  };
}

/** Bytes that are not what the stage made fail the write, at the segment's end: nothing is renamed then. */
async function verify(file: FileHandle, segment: PlacedSegment): Promise<void> {
  const { bytes, sha256 } = await hashFile(file.fd);
  if (bytes !== segment.size || sha256 !== segment.sha256) throw new DamagedSegment(segment);
}

/** Caught by the format stage, which has the segment made again. */
export class DamagedSegment extends StageError {
  constructor(readonly segment: PlacedSegment) {
    super('missing-file', `${segment.path} is not what its stage made: expected sha256 ${segment.sha256}`, {
      hint: 'Build again; if it stays, delete the .linuxkit folder.',
    });
  }
}
