import { open } from 'node:fs/promises';
import type { Compressor } from '../plan/settings.js';
import { CHUNK, type OutputFolder, type SealedFile } from '../seal.js';
import { envelopeOf, joinBodies } from './envelope.js';
import type { StoredPart } from './stored-part.js';

/**
 * Joins parts into a file of an output, which is one gzip member or zstd frame as each of them. `known` is what the file
 * will hold, where an earlier build knows it: it spares hashing the bytes.
 */
export async function writeSegment(
  out: OutputFolder,
  name: string,
  parts: readonly StoredPart[],
  compressor: Compressor,
  known?: SealedFile,
): Promise<SealedFile> {
  return out.stream(name, joined(parts, compressor), known);
}

async function* joined(parts: readonly StoredPart[], compressor: Compressor): AsyncGenerator<Uint8Array> {
  const { front, end } = envelopeOf(compressor);
  yield front;
  for (const { path, size } of parts) yield* bytesOf(path, front.length, size);
  yield end(joinBodies(parts, compressor));
}

/**
 * Reads `size` bytes of a file, which is opened at the first chunk. All chunks share one buffer: use one before you ask
 * for the next.
 */
async function* bytesOf(path: string, start: number, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, size));
  const file = await open(path);
  try {
    for (let at = 0; at < size;) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, size - at), start + at);
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await file.close();
  }
}
