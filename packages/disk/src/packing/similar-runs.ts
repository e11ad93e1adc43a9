import { createHash } from 'node:crypto';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { decodeRun } from './run.js';

/** Packed blocks by the names of their digests; undefined for a block that stayed as it is. */
export type PackedByDigest = ReadonlyMap<string, Buffer | undefined>;

export const nameOfDigest = (digest: Uint8Array): string => Buffer.from(digest).toString('latin1');

const DIGEST = 32;

/**
 * Finds what an earlier build has packed in the place of a run of which a few blocks have changed: the runs that begin or
 * end with the same block. Under the name of each of these two blocks the store keeps the digests of the last run that had
 * it there, which name the run itself. A note decides no byte: a block is taken by the SHA-256 of its plain bytes.
 */
export class SimilarRuns {
  /** `keyOf` gives the key of the run with these digests. */
  constructor(
    private readonly keyOf: (digests: readonly Uint8Array[]) => string,
    private readonly kept: BlockStore,
  ) {}

  /** The packed blocks of runs like the one with these digests; an empty map if there is no such run. */
  async find(digests: readonly Uint8Array[]): Promise<PackedByDigest> {
    const packed = new Map<string, Buffer | undefined>();
    const seen = new Set<string>();
    for (const note of this.notesOf(digests)) {
      const others = digestsIn(await this.kept.find(note));
      const key = this.keyOf(others);
      if (others.length === 0 || seen.has(key)) continue;
      seen.add(key);
      const run = await this.kept.find(key);
      const blocks = run && decodeRun(run, others.length);
      if (blocks) others.forEach((digest, i) => packed.set(nameOfDigest(digest), blocks[i]));
    }
    return packed;
  }

  /** Notes a run that is kept. */
  async note(digests: readonly Uint8Array[]): Promise<void> {
    const bytes = Buffer.concat(digests);
    for (const note of this.notesOf(digests)) await this.kept.put(note, bytes);
  }

  /** Keys of the notes of a run. A run of one block has none: where this block has changed, nothing is left to take. */
  private notesOf(digests: readonly Uint8Array[]): readonly string[] {
    if (digests.length < 2) return [];
    return [this.noteKey('begins', digests[0]!), this.noteKey('ends', digests[digests.length - 1]!)];
  }

  private noteKey(how: 'begins' | 'ends', digest: Uint8Array): string {
    return createHash('sha256')
      .update(`run that ${how} with ${this.keyOf([digest])}\n`)
      .digest('hex');
  }
}

/** The digests of a note; an empty list for bytes of another shape. */
function digestsIn(note: Buffer | undefined): Uint8Array[] {
  if (!note || note.length % DIGEST !== 0) return [];
  return Array.from({ length: note.length / DIGEST }, (_, i) => note.subarray(i * DIGEST, (i + 1) * DIGEST));
}
