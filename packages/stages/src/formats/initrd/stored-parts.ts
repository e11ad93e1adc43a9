import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { StageError } from '../../error.js';
import type { PlacedSegment } from '../../initramfs/index.js';
import { readSeal, sha256, type SealedFile } from '../../output.js';
import type { Pipeline } from '../../pipeline.js';
import type { Segment } from '../../segment/index.js';
import { aligned, type SegmentPart } from '../../segment/write-segment.js';
import { bytesPiece, filePiece, joined, zeros, type Piece } from './piece.js';

/** What follows the parts is held in memory: folders and links as a rule, a few KB. */
const LARGEST_GENERATED = 1 << 20;

/**
 * A segment as the store has it: the parts that its stage joined, and what it added to them, which is read from the
 * segment's file and verified. Undefined where that file is known itself, or the store lacks a part.
 *
 * Nx without its daemon brings every output back from its cache for each build. Each is a new file then, of which
 * nothing is known, so all segments of a system would be hashed for every change. What lies in the store stays.
 */
export async function storedParts(pipeline: Pipeline, segment: PlacedSegment): Promise<Piece | undefined> {
  const path = pipeline.path(segment.path);
  const seal = await readSeal<Partial<Pick<Segment, 'parts' | 'generated'>>>(dirname(path));
  const { parts, generated } = seal?.facts ?? {};
  if (!parts || seal?.files[basename(path)]?.sha256 !== segment.sha256) return undefined;
  if (await isKnown(pipeline, path, segment)) return undefined;

  const stored = await Promise.all(parts.map((part) => storedPart(pipeline, part)));
  if (stored.includes(undefined)) return undefined;
  const known = joined(stored as Piece[]);
  if (known.size + (generated?.size ?? 0) !== segment.size) return undefined;
  if (!generated) return known;
  const bytes = await readGenerated(path, known.size, generated);
  return bytes && joined([known, bytesPiece(bytes)]);
}

async function isKnown({ verified }: Pipeline, path: string, segment: PlacedSegment): Promise<boolean> {
  const file = await open(path);
  try {
    return await verified.knows(await verified.sight(file, segment));
  } finally {
    await file.close();
  }
}

/** With the zeros that follow it in a segment. */
async function storedPart(
  { environment: { store } }: Pipeline,
  { id, size }: SegmentPart,
): Promise<Piece | undefined> {
  const path = await store.find('part', id);
  if (path === undefined) return undefined;
  const { size: actual } = await stat(path);
  if (aligned(actual) !== size) return undefined;
  const endsEarly = () =>
    new StageError('missing-file', `the store lost ${id} while it was read`, { hint: 'Build again.' });
  return joined([filePiece(path, actual, endsEarly), zeros(size - actual)]);
}

/** Undefined when it is too large to hold, or not what the stage wrote: the whole file is looked at then. */
async function readGenerated(path: string, start: number, { size, sha256: expected }: SealedFile) {
  if (size > LARGEST_GENERATED) return undefined;
  const bytes = Buffer.allocUnsafe(size);
  const file = await open(path);
  try {
    const { bytesRead } = await file.read(bytes, 0, size, start);
    return bytesRead === size && sha256(bytes) === expected ? bytes : undefined;
  } finally {
    await file.close();
  }
}
