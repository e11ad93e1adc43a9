import { open, type FileHandle } from 'node:fs/promises';
import { copyFile, type Copy } from '@nx-linuxkit/deflate';
import { lendFile, type GatherWriter } from '@nx-linuxkit/tree';
import { StageError } from '../../error.js';
import type { PlacedSegment } from '../../initramfs/index.js';
import type { Pipeline } from '../../pipeline.js';
import { HASHED_HERE } from '../../verified-files.js';
import { SharedFile, type Piece } from './piece.js';
import { storedParts } from './stored-parts.js';

/** What an initrd takes of a segment: out of its file, or of the parts that it was made of where those are known. */
export function segmentPiece(pipeline: Pipeline, segment: PlacedSegment): Piece {
  const front = segment.start ?? 0;
  let chosen: Promise<Piece> | undefined;
  const choose = async () => (await storedParts(pipeline, segment)) ?? segmentFile(pipeline, segment);
  const bytes = () => (chosen ??= choose());
  return {
    size: segment.size - front,
    async *lend(start, end) {
      yield* (await bytes()).lend(front + start, front + end);
    },
    async copy(start, end, output, position) {
      await (await bytes()).copy(front + start, front + end, output, position);
    },
  };
}

/**
 * A segment that is not known to be what its stage made is hashed by another thread while it is copied, through the
 * same descriptor, so that both see the same file. A part of it can only be trusted once all of it was read: then
 * that is done first, once.
 */
function segmentFile(pipeline: Pipeline, segment: PlacedSegment): Piece {
  const path = pipeline.path(segment.path);
  const isWhole = (start: number, end: number) => end - start === segment.size - (segment.start ?? 0);
  const shared = new SharedFile(path);
  let trusted: Promise<void> | undefined;
  return {
    size: segment.size,
    async *lend(start, end) {
      const file = await open(path);
      const whole = isWhole(start, end);
      const verdict = whole ? verify(pipeline, file, segment) : (trusted ??= verify(pipeline, file, segment));
      // Awaited below, but a failure of the copy may come first.
      verdict.catch(() => undefined);
      try {
        if (!whole) await verdict;
        yield* lendFile(file, path, start, end);
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
      const copy = { start, end, position };
      if (isWhole(start, end)) return copyWhole(pipeline, file, segment, copy, output);
      await (trusted ??= verify(pipeline, file, segment));
      await copyKnown(file, segment, copy, output);
    },
  };
}

/** Bytes that are not what the stage made fail the write, at the segment's end: nothing is renamed then. */
async function verify(pipeline: Pipeline, file: FileHandle, segment: PlacedSegment): Promise<void> {
  if (!(await pipeline.verified.holds(file, segment))) throw new DamagedSegment(segment);
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
  if (segment.size <= HASHED_HERE) {
    await verify(pipeline, file, segment);
    return copyKnown(file, segment, copy, output);
  }
  const sighting = await verified.sight(file, segment);
  if (await verified.knows(sighting)) return copyKnown(file, segment, copy, output);
  await output.meanwhile(copy.position + copy.end - copy.start, async () => {
    const { bytes, sha256 } = await copyFile(file.fd, { ...copy, output: output.file.fd });
    if (bytes !== segment.size || sha256 !== segment.sha256) throw new DamagedSegment(segment);
    await verified.remember(sighting, file, segment);
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

/** Caught by the format stage, which has the segment made again. */
export class DamagedSegment extends StageError {
  constructor(readonly segment: PlacedSegment) {
    super('missing-file', `${segment.path} is not what its stage made: expected sha256 ${segment.sha256}`, {
      hint: 'Build again; if it stays, delete the .linuxkit folder.',
    });
  }
}
