import type { SegmentPart } from '../archive/write-segment.js';
import { isCount, isRecord, isSealedFile, type SealedFile } from '../seal.js';
import type { SegmentSummary } from './summary.js';

/** What a segment's seal says of it. */
export interface SegmentFacts {
  /** What the file begins with, in order. */
  readonly parts: readonly SegmentPart[];
  /** What follows the parts, padding included; absent where nothing does. */
  readonly generated?: SealedFile;
  readonly summary: SegmentSummary;
}

/** Tells whether what a seal says of a segment has the shape that its stage writes. */
export function isSegmentFacts(facts: unknown): facts is SegmentFacts {
  if (!isRecord(facts)) return false;
  const { parts, generated, summary } = facts;
  return (
    Array.isArray(parts) &&
    parts.every(isPart) &&
    (generated === undefined || isSealedFile(generated)) &&
    isSummary(summary)
  );
}

function isPart(part: unknown): boolean {
  return isRecord(part) && typeof part.id === 'string' && isCount(part.size);
}

function isSummary(summary: unknown): boolean {
  if (!isRecord(summary)) return false;
  const { partsAlone, prefix, root, unpacked, capable } = summary;
  return (
    typeof partsAlone === 'boolean' &&
    typeof prefix === 'string' &&
    (root === undefined || isFolder(root)) &&
    isCount(unpacked) &&
    Array.isArray(capable) &&
    capable.every((path) => typeof path === 'string')
  );
}

function isFolder(folder: unknown): boolean {
  return isRecord(folder) && ['mode', 'uid', 'gid', 'mtime'].every((key) => Number.isFinite(folder[key]));
}
