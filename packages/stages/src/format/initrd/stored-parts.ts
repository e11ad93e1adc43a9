import { open, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Store } from '@nx-linuxkit/oci';
import { aligned } from '../../archive/alignment.js';
import type { SegmentPart } from '../../archive/write-segment.js';
import type { Context } from '../../context.js';
import { StageError } from '../../error.js';
import type { InitramfsSegment } from '../../initramfs/initramfs.js';
import { readSeal, sha256, type SealedFile } from '../../seal.js';
import type { SegmentFacts } from '../../segment/index.js';
import type { VerifiedFiles } from '../../verified-files.js';
import { openSegment } from './open-segment.js';
import { bytesPiece, filePiece, joined, zeros, type Piece } from './piece.js';

/** Bytes behind the parts that are held in memory. As a rule they are folders and links: a few KB. */
const LARGEST_GENERATED = 1 << 20;

/**
 * A segment out of the store: the parts that its stage joined, and what the stage added to them, which is read from
 * the segment's file and verified. Undefined where that file is known to be intact, or the store lacks a part.
 *
 * Nx without its daemon restores every output from its cache for each build. Each is a new file then, of which
 * nothing is known, so all segments of a system would be hashed for every change. What lies in the store stays.
 */
export async function storedParts(
  segment: InitramfsSegment,
  { outputPath, store, verified }: Pick<Context, 'outputPath' | 'store' | 'verified'>,
): Promise<Piece | undefined> {
  const path = outputPath(segment.path);
  // Outputs of older versions, and of the stage `initramfs`, note no parts.
  const seal = await readSeal<Partial<SegmentFacts>>(dirname(path));
  const { parts, generated } = seal?.facts ?? {};
  if (!parts || seal?.files[basename(path)]?.sha256 !== segment.sha256) return undefined;
  if (await isKnown(verified, path, segment)) return undefined;

  const stored = await Promise.all(parts.map((part) => storedPart(store, part)));
  if (stored.includes(undefined)) return undefined;
  const known = joined(stored as Piece[]);
  if (known.size + (generated?.size ?? 0) !== segment.size) return undefined;
  if (!generated) return known;
  const bytes = await readGenerated(path, known.size, generated);
  return bytes && joined([known, bytesPiece(bytes)]);
}

async function isKnown(verified: VerifiedFiles, path: string, segment: InitramfsSegment): Promise<boolean> {
  const file = await openSegment(segment, path);
  try {
    return await verified.knows(await verified.sight(file, segment));
  } finally {
    await file.close();
  }
}

/** A part with the zeros that follow it in a segment; undefined where the store has no part of that size. */
async function storedPart(store: Store, { id, size }: SegmentPart): Promise<Piece | undefined> {
  const path = await store.find('part', id);
  if (path === undefined) return undefined;
  const { size: actual } = await stat(path);
  if (aligned(actual) !== size) return undefined;
  const endsEarly = () =>
    new StageError('missing-file', `the store lost ${id} while it was read`, { hint: 'Build again.' });
  return joined([filePiece(path, actual, endsEarly), zeros(size - actual)]);
}

/** Undefined for bytes that are too many to hold, or that the stage did not write: then the whole file is verified. */
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
