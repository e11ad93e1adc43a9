import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readContent, type Content } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import type { Initramfs, PlacedSegment } from '../initramfs/index.js';
import { CHUNK } from '../output.js';
import type { Pipeline } from '../pipeline.js';

/** A run of the initrd: microcode, its padding, or a segment. */
interface Piece {
  readonly id: string;
  readonly size: number;
  read(start: number, end: number): AsyncIterable<Uint8Array>;
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
    read: (start: number, end: number) => readPieces(pieces, start, end),
  };
  return { source, offset: 0, size };
}

async function* readPieces(pieces: readonly Piece[], start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const piece of pieces) {
    const [from, to] = [Math.max(start - at, 0), Math.min(end - at, piece.size)];
    if (from < to) yield* piece.read(from, to);
    at += piece.size;
  }
}

/** An uncompressed archive is followed by one that starts at a multiple of four. */
function microcode(ucode: Content): Piece[] {
  const { source, offset, size } = ucode;
  const padding = (4 - (size % 4)) % 4;
  return [
    {
      id: `${source.id} ${offset}`,
      size,
      read: (start, end) => readContent({ source, offset: offset + start, size: end - start }),
    },
    {
      id: 'padding',
      size: padding,
      async *read(start, end) {
        yield new Uint8Array(end - start);
      },
    },
  ];
}

/** A part of a segment can only be trusted once all of it was read: then that is done first, once. */
function segmentPiece(pipeline: Pipeline, segment: PlacedSegment): Piece {
  const path = pipeline.path(segment.path);
  let verified: Promise<void> | undefined;
  const verify = async () => {
    for (const chunks = readVerified(path, segment); !(await chunks.next()).done;);
  };
  return {
    id: segment.sha256,
    size: segment.size,
    async *read(start, end) {
      if (start === 0 && end === segment.size) return yield* readVerified(path, segment);
      await (verified ??= verify());
      yield* createReadStream(path, { start, end: end - 1, highWaterMark: CHUNK }) as AsyncIterable<Buffer>;
    },
  };
}

/** Bytes that are not what the stage made fail the write, at the segment's end: nothing is renamed then. */
async function* readVerified(path: string, segment: PlacedSegment): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    hash.update(chunk as Buffer);
    yield chunk as Buffer;
  }
  if (hash.digest('hex') !== segment.sha256) throw new DamagedSegment(segment);
}

/** Caught by the format stage, which has the segment made again. */
export class DamagedSegment extends StageError {
  constructor(readonly segment: PlacedSegment) {
    super('missing-file', `${segment.path} is not what its stage made: expected sha256 ${segment.sha256}`, {
      hint: 'Build again; if it stays, delete the .linuxkit folder.',
    });
  }
}
