import { open, stat } from 'node:fs/promises';
import { CHUNK, HashedBytes, type OutputWriter, type SealedFile } from '../output.js';
import type { Compressor } from '../plan/settings.js';
import type { PlannedSegment } from './archives.js';
import { encode, type Part } from './part.js';

/** A layer's share of a segment, as it lies in the segment's file. */
export interface SegmentPart {
  /** Two of one id have the same bytes. */
  readonly id: string;
  /** bytes, padding included */
  readonly size: number;
}

/** The kernel wants an uncompressed archive to start at a multiple of four. */
const ALIGNMENT = 4;

export interface WrittenSegment {
  readonly file: SealedFile;
  readonly parts: SegmentPart[];
  readonly generated?: SealedFile;
}

/** Writes a segment: its parts, one after the other, then what was generated. */
export async function writeSegment(
  out: OutputWriter,
  name: string,
  made: readonly Part[],
  generated: PlannedSegment['generated'],
  compressor: Compressor,
): Promise<WrittenSegment> {
  const archives = concatenate(made.map(({ path }) => piecesOf(path)));
  const own = generated && new HashedBytes(concatenate([encode(generated, compressor)]));
  const file = await out.stream(name, concatenate(own ? [archives, own] : [archives]));
  const parts = await Promise.all(
    made.map(async ({ id, path }) => ({ id, size: aligned((await stat(path)).size) })),
  );
  return { file, parts, ...(own && { generated: own.sealed() }) };
}

/** A file, opened when its turn comes, in the same memory again and again: a chunk is gone when the next is asked for. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(CHUNK);
  const file = await open(path);
  try {
    for (let read; (read = (await file.read(piece, 0, CHUNK)).bytesRead) > 0;) yield piece.subarray(0, read);
  } finally {
    await file.close();
  }
}

/** Archives one after the other, each padded with zeros to the alignment. */
export async function* concatenate(
  archives: Iterable<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  for (const archive of archives) {
    let size = 0;
    for await (const chunk of archive) {
      size += chunk.length;
      yield chunk;
    }
    const padding = aligned(size) - size;
    if (padding > 0) yield new Uint8Array(padding);
  }
}

export function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}
