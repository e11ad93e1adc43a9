import { open, stat } from 'node:fs/promises';
import type { Compressor } from '../plan/settings.js';
import { CHUNK, HashedBytes, type OutputFolder, type SealedFile } from '../seal.js';
import { aligned, concatenate } from './alignment.js';
import { encode } from './encode.js';
import type { StoredPart } from './stored-part.js';

/** A part as it lies in a segment's file. */
export interface SegmentPart {
  /** Parts of one id have the same bytes. */
  readonly id: string;
  /** bytes, padding included */
  readonly size: number;
}

export interface WrittenSegment {
  readonly file: SealedFile;
  readonly parts: SegmentPart[];
  readonly generated?: SealedFile;
}

/** Writes a segment into a file of an output: its parts, one after the other, then the archive that was generated. */
export async function writeSegment(
  out: OutputFolder,
  name: string,
  made: readonly StoredPart[],
  generated: AsyncIterable<Uint8Array> | undefined,
  compressor: Compressor,
): Promise<WrittenSegment> {
  const archives = concatenate(made.map(({ path }) => chunksOf(path)));
  const own = generated && new HashedBytes(concatenate([encode(generated, compressor)]));
  const file = await out.stream(name, concatenate(own ? [archives, own] : [archives]));
  const parts = await Promise.all(
    made.map(async ({ id, path }) => ({ id, size: aligned((await stat(path)).size) })),
  );
  return { file, parts, ...(own && { generated: own.sealed() }) };
}

/**
 * Reads a file, which is opened at the first chunk. All chunks share one buffer: use one before you ask for the next.
 */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(CHUNK);
  const file = await open(path);
  try {
    for (let read; (read = (await file.read(buffer, 0, CHUNK)).bytesRead) > 0;)
      yield buffer.subarray(0, read);
  } finally {
    await file.close();
  }
}
