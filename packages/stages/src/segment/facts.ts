import type { Part } from '../archive/stored-part.js';
import { isCount, isRecord } from '../seal.js';
import type { SegmentSummary } from './summary.js';

/** What a segment's seal says of it. */
export interface SegmentFacts {
  /** What the file is made of, in order: one for each layer from which something survives, then what rules add. */
  readonly parts: readonly Part[];
  readonly summary: SegmentSummary;
}

/** Tells whether what a seal says of a segment has the shape that its stage writes. */
export function isSegmentFacts(facts: unknown): facts is SegmentFacts {
  return isRecord(facts) && isParts(facts.parts) && isSummary(facts.summary);
}

/** Tells whether a value out of a file is a list of parts. */
export function isParts(parts: unknown): parts is Part[] {
  return (
    Array.isArray(parts) &&
    parts.every((part) => isRecord(part) && typeof part.id === 'string' && isBody(part))
  );
}

/** Tells whether an object out of a file has the numbers that joining needs. */
export function isBody({ size, plain, crc }: Record<string, unknown>): boolean {
  return [size, plain, crc].every(isCount) && (crc as number) < 2 ** 32;
}

function isSummary(summary: unknown): boolean {
  if (!isRecord(summary)) return false;
  const { prefix, root, unpacked, capable } = summary;
  return (
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
