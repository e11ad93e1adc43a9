import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { copyFile, hashFile, type Copy, type Written } from '@nx-linuxkit/deflate';
import { lendContent, lendFile, type GatherWriter, type ByteSource, type Content } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import type { Initramfs, PlacedSegment } from '../initramfs/index.js';
import type { Pipeline } from '../pipeline.js';

/** A segment up to this size is hashed by this thread: another takes as long to start. */
const SMALL = 1 << 25;
/** As much as processors' caches keep. */
const PIECE = 1 << 18;

/** A run of the initrd: microcode, its padding, or a segment. */
interface Piece {
  readonly id: string;
  readonly size: number;
  /** Chunks are lent. */
  lend(start: number, end: number): AsyncIterable<Uint8Array>;
  /** As `ByteSource.copy`. */
  copy(start: number, end: number, output: GatherWriter, position: number): Promise<void>;
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
  const source: ByteSource = {
    id: `initrd sha256:${hash.digest('hex')}`,
    size,
    lend: (start: number, end: number) => lendPieces(pieces, start, end),
    read: (start: number, end: number) => copies(lendPieces(pieces, start, end)),
    copy: async (start, end, output, position) => {
      for (const { piece, at, from, to } of within(pieces, start, end)) {
        await piece.copy(from, to, output, position + at + from - start);
      }
    },
  };
  return { source, offset: 0, size };
}

async function* lendPieces(pieces: readonly Piece[], start: number, end: number): AsyncGenerator<Uint8Array> {
  for (const { piece, from, to } of within(pieces, start, end)) yield* piece.lend(from, to);
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

async function* copies(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield Buffer.from(chunk);
}

/** An uncompressed archive is followed by one that starts at a multiple of four. */
function microcode(ucode: Content): Piece[] {
  const { source, offset, size } = ucode;
  const padding = (4 - (size % 4)) % 4;
  return [
    lentPiece(`${source.id} ${offset}`, size, (start, end) =>
      lendContent({ source, offset: offset + start, size: end - start }),
    ),
    lentPiece('padding', padding, async function* (start, end) {
      yield new Uint8Array(end - start);
    }),
  ];
}

function lentPiece(id: string, size: number, lend: Piece['lend']): Piece {
  return {
    id,
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

/**
 * A segment that is not known to be what its stage made is hashed by another thread while it is copied, through the
 * same descriptor, so that both see the same file. A part of it can only be trusted once all of it was read: then
 * that is done first, once.
 */
function segmentPiece(pipeline: Pipeline, segment: PlacedSegment): Piece {
  const front = segment.start ?? 0;
  const size = segment.size - front;
  const path = pipeline.path(segment.path);
  const shared = new SharedFile(path);
  let trusted: Promise<void> | undefined;
  return {
    id: front > 0 ? `${segment.sha256} ${front}` : segment.sha256,
    size,
    async *lend(start, end) {
      const file = await open(path);
      const whole = start === 0 && end === size;
      const verdict = whole ? verify(pipeline, file, segment) : (trusted ??= verify(pipeline, file, segment));
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
    async copy(start, end, output, position) {
      output.afterwards(() => shared.release());
      const file = await shared.acquire();
      const copy = { start: front + start, end: front + end, position };
      if (end - start === size) return copyWhole(pipeline, file, segment, copy, output);
      await (trusted ??= verify(pipeline, file, segment));
      await copyKnown(file, segment, copy, output);
    },
  };
}

/** Open as long as anybody reads it: a format of many blocks copies as many ranges. */
class SharedFile {
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

/** Bytes that are not what the stage made fail the write, at the segment's end: nothing is renamed then. */
async function verify(pipeline: Pipeline, file: FileHandle, segment: PlacedSegment): Promise<void> {
  const { verified } = pipeline;
  const sighting = await verified.sight(file, segment.sha256);
  if (await verified.knows(sighting)) return;
  check(segment, await (segment.size > SMALL ? hashFile(file.fd) : hashHere(file)));
  await verified.remember(sighting, file, segment.sha256);
}

async function hashHere({ fd }: FileHandle): Promise<Written> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafeSlow(PIECE);
  for (let bytes = 0; ; await setImmediate()) {
    const count = readSync(fd, piece, 0, PIECE, bytes);
    if (count === 0) return { bytes, sha256: hash.digest('hex') };
    hash.update(piece.subarray(0, count));
    bytes += count;
  }
}

/** Verifies as well: a large one in one pass, by a thread that copies what it hashes. */
async function copyWhole(
  pipeline: Pipeline,
  file: FileHandle,
  segment: PlacedSegment,
  copy: Omit<Copy, 'output'>,
  output: GatherWriter,
): Promise<void> {
  const { verified } = pipeline;
  if (segment.size <= SMALL) {
    await verify(pipeline, file, segment);
    return copyKnown(file, segment, copy, output);
  }
  const sighting = await verified.sight(file, segment.sha256);
  if (await verified.knows(sighting)) return copyKnown(file, segment, copy, output);
  await output.meanwhile(copy.position + copy.end - copy.start, async () => {
    check(segment, await copyFile(file.fd, { ...copy, output: output.file.fd }));
    await verified.remember(sighting, file, segment.sha256);
  });
}

function copyKnown(
  { fd }: FileHandle,
  segment: PlacedSegment,
  { start, end, position }: Omit<Copy, 'output'>,
  output: GatherWriter,
): Promise<void> {
  return output.range({ fd, endsEarly: () => new DamagedSegment(segment) }, start, end, position);
}

function check(segment: PlacedSegment, { bytes, sha256 }: Written): void {
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
