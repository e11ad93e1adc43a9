import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Store } from '@nx-linuxkit/oci';
import type { Envelope } from '../../archive/envelope.js';
import { findPart, type Part } from '../../archive/stored-part.js';
import type { Context } from '../../context.js';
import { StageError } from '../../error.js';
import type { InitramfsSegment } from '../../initramfs/initramfs.js';
import { readSeal } from '../../seal.js';
import { isParts } from '../../segment/facts.js';
import type { VerifiedFiles } from '../../verified-files.js';
import { openSegment } from './open-segment.js';
import { filePiece, joined, slice, type Piece } from './piece.js';

/**
 * The body of a segment out of the store: the parts that its stage joined. Undefined where the segment's file is known to
 * be intact, or the store lacks a part. `size` is that of the body.
 *
 * Nx without its daemon restores every output from its cache for each build. Each is a new file then, of which
 * nothing is known, so all segments of a system would be hashed for every change. What lies in the store stays.
 */
export async function storedParts(
  segment: InitramfsSegment,
  size: number,
  envelope: Envelope,
  { outputPath, store, verified }: Pick<Context, 'outputPath' | 'store' | 'verified'>,
): Promise<Piece | undefined> {
  const path = outputPath(segment.path);
  // Outputs of the stage `initramfs` note no parts.
  const seal = await readSeal<{ readonly parts?: unknown }>(dirname(path));
  const parts = seal?.facts.parts;
  if (!isParts(parts) || seal?.files[basename(path)]?.sha256 !== segment.sha256) return undefined;
  if (await isKnown(verified, path, segment)) return undefined;

  const stored = await Promise.all(parts.map((part) => storedPart(store, part, envelope)));
  const body = joined(stored.filter((piece) => piece !== undefined));
  return stored.includes(undefined) || body.size !== size ? undefined : body;
}

async function isKnown(verified: VerifiedFiles, path: string, segment: InitramfsSegment): Promise<boolean> {
  const file = await openSegment(segment, path);
  try {
    return await verified.knows(await verified.sight(file, segment));
  } finally {
    await file.close();
  }
}

/** The body of a part; undefined where the store has no part of that size. */
async function storedPart(
  store: Store,
  part: Part,
  { front, endSize }: Envelope,
): Promise<Piece | undefined> {
  const found = await findPart(store, part);
  if (!found) return undefined;
  const { id, path, size } = found;
  const whole = front.length + size + endSize;
  if ((await stat(path)).size !== whole) return undefined;
  const endsEarly = () =>
    new StageError('missing-file', `the store lost ${id} while it was read`, { hint: 'Build again.' });
  return slice(filePiece(path, whole, endsEarly), front.length, size);
}
