import type { FileHandle } from 'node:fs/promises';
import { copyFile, type Copy } from '@nx-linuxkit/deflate';
import { lendFile, type GatherWriter } from '@nx-linuxkit/tree';
import { envelopeOf } from '../../archive/envelope.js';
import type { Context } from '../../context.js';
import type { InitramfsSegment } from '../../initramfs/initramfs.js';
import { HASHED_HERE, type VerifiedFiles } from '../../verified-files.js';
import { DamagedSegment, openSegment } from './open-segment.js';
import type { Compressor } from '../../plan/settings.js';
import { SharedFile, slice, type Piece } from './piece.js';
import { storedParts } from './stored-parts.js';

/** Where segments lie, and which of their files are known to be intact. */
export type SegmentFiles = Pick<Context, 'outputPath' | 'store' | 'verified'>;

/**
 * The body of a segment, of which an initrd takes ranges: out of the parts that it was made of where the store has them,
 * else out of its file.
 */
export function segmentBody(segment: InitramfsSegment, compressor: Compressor, files: SegmentFiles): Piece {
  const envelope = envelopeOf(compressor);
  const size = segment.size - envelope.front.length - envelope.endSize;
  let chosen: Promise<Piece> | undefined;
  const choose = async () =>
    (await storedParts(segment, size, envelope, files)) ??
    slice(segmentFile(segment, files), envelope.front.length, size);
  const bytes = () => (chosen ??= choose());
  return {
    size,
    async *lend(start, end) {
      yield* (await bytes()).lend(start, end);
    },
    async copy(start, end, output, position) {
      await (await bytes()).copy(start, end, output, position);
    },
  };
}

/**
 * A segment's file. A file that is not known to be intact is hashed by another thread while it is copied, through the
 * same descriptor, so that both see the same bytes. If less than all that the initrd takes is read at once, the file is
 * verified first, once, because its bytes can only be trusted when all of it was read.
 */
function segmentFile(segment: InitramfsSegment, { outputPath, verified }: SegmentFiles): Piece {
  const path = outputPath(segment.path);
  const isWhole = (start: number, end: number) =>
    segment.ranges.length === 1 && end - start === segment.ranges[0].size;
  const shared = new SharedFile(() => openSegment(segment, path));
  let trusted: Promise<void> | undefined;
  return {
    size: segment.size,
    async *lend(start, end) {
      const file = await openSegment(segment, path);
      const whole = isWhole(start, end);
      const verdict = whole ? verify(verified, file, segment) : (trusted ??= verify(verified, file, segment));
      // Awaited below, but a failure of the copy may come first.
      verdict.catch(() => undefined);
      try {
        if (!whole) await verdict;
        yield* lendFile(file, path, start, end);
        await verdict;
      } catch (error) {
        // A segment that ends early is damaged, which says more than the read error.
        await verdict;
        throw error;
      } finally {
        // The thread reads from the descriptor, whose number another file would get after the close.
        await verdict.catch(() => undefined);
        await file.close();
      }
    },
    async copy(start, end, output, position) {
      const file = await shared.acquire(output);
      const copy = { start, end, position };
      if (isWhole(start, end)) return copyWhole(verified, file, segment, copy, output);
      await (trusted ??= verify(verified, file, segment));
      await copyKnown(file, segment, copy, output);
    },
  };
}

/** Fails the write of a damaged segment at the segment's end, before the format gets its name. */
async function verify(verified: VerifiedFiles, file: FileHandle, segment: InitramfsSegment): Promise<void> {
  if (!(await verified.holds(file, segment))) throw new DamagedSegment(segment);
}

/** Copies and verifies a whole segment; a large one in one pass, by a thread that hashes what it copies. */
async function copyWhole(
  verified: VerifiedFiles,
  file: FileHandle,
  segment: InitramfsSegment,
  copy: Omit<Copy, 'output'>,
  output: GatherWriter,
): Promise<void> {
  if (segment.size <= HASHED_HERE) {
    await verify(verified, file, segment);
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
  segment: InitramfsSegment,
  { start, end, position }: Omit<Copy, 'output'>,
  output: GatherWriter,
): Promise<void> {
  return output.range({ fd, endsEarly: () => new DamagedSegment(segment) }, start, end, position);
}
