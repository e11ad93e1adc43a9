import { basename, dirname } from 'node:path';
import { envelopeOf } from '../archive/envelope.js';
import type { OsPlan } from '../plan/os-plan.js';
import { compressorOf, type Compressor } from '../plan/settings.js';
import { isCount, isRecord, type Seal, type SealedFile } from '../seal.js';
import { isBody } from '../segment/facts.js';
import { segmentPath, type Segment } from '../segment/index.js';
import { initramfsFolder, type Initramfs, type InitramfsSegment } from './initramfs.js';

/**
 * The initramfs that a seal describes; undefined where it is not one that this system could have. The paths in it
 * decide which files of this machine get into an image, so each must be a file that the segment stage or this stage
 * has sealed, with the bytes that it has sealed.
 */
export function sealedInitramfs(
  { files, facts }: Seal<Initramfs>,
  plan: OsPlan,
  made: readonly Segment[],
): Initramfs | undefined {
  const { compressor, segments, unpacked } = facts as { [Key in keyof Initramfs]: unknown };
  if (compressor !== compressorOf(plan.settings) || !Array.isArray(segments) || !isCount(unpacked))
    return undefined;
  const sealed = new Map<string, SealedFile>(plan.segments.map((node, i) => [segmentPath(node), made[i]]));
  const folder = initramfsFolder(plan);
  const isKnown = (segment: unknown): segment is InitramfsSegment => {
    if (!isRecord(segment)) return false;
    const { path, size, sha256, ranges } = segment;
    if (typeof path !== 'string' || !isCount(size) || !areRangesOf(size, ranges, compressorOf(plan.settings)))
      return false;
    const expected = dirname(path) === folder ? files[basename(path)] : sealed.get(path);
    return expected?.size === size && expected.sha256 === sha256;
  };
  return segments.every(isKnown) ? facts : undefined;
}

/** Tells whether a value is a list of ascending ranges of the body of a file. */
function areRangesOf(fileSize: number, ranges: unknown, compressor: Compressor): boolean {
  const { front, endSize } = envelopeOf(compressor);
  let end = 0;
  return (
    Array.isArray(ranges) &&
    ranges.every((range) => {
      if (!isRecord(range) || !isCount(range.start) || !isBody(range) || range.start < end) return false;
      end = range.start + (range.size as number);
      return end <= fileSize - front.length - endSize;
    })
  );
}
