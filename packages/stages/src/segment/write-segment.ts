import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ImageTree } from '@nx-linuxkit/tree';
import type { ImageFacts } from '../image-facts.js';
import { CHUNK, HashedBytes, type OutputWriter, type SealedFile } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/os-plan.js';
import type { Compressor } from '../plan/settings.js';
import type { PlannedSegment } from './archives.js';
import { encode, makePart, partMaker } from './part.js';

export interface SegmentCosts {
  /** How many parts had to be made; the others lay in the store. */
  made: number;
  parts: number;
}

/** A layer's share of a segment, as it lies in the segment's file. */
export interface SegmentPart {
  /** Two of one id have the same bytes. */
  readonly id: string;
  /** bytes, padding included */
  readonly size: number;
}

/** The kernel wants an uncompressed archive to start at a multiple of four. */
const ALIGNMENT = 4;

/** Writes a segment: its parts from the store, made where they are missing, one after the other. */
export async function writeSegment(
  pipeline: Pipeline,
  image: ImageNode,
  facts: ImageFacts,
  tree: ImageTree,
  { parts: planned, generated }: PlannedSegment,
  compressor: Compressor,
  out: OutputWriter,
  name: string,
): Promise<{ file: SealedFile; parts: SegmentPart[]; generated?: SealedFile; costs: SegmentCosts }> {
  const maker = partMaker(pipeline, image);
  const sizes = new Map(tree.layers.map(({ diffID, size }) => [diffID, size]));
  const made = await Promise.all(
    planned.map((plan) => {
      const layer = facts.layers.find(({ diffID }) => diffID === plan.diffID);
      if (!layer) throw new Error(`a part of layer ${plan.diffID}, which ${image.id} does not have`);
      return makePart(maker, { ...layer, size: sizes.get(plan.diffID) ?? 0 }, plan, compressor);
    }),
  );
  const archives = concatenate(made.map(({ path }) => readLazily(path)));
  const own = generated && new HashedBytes(concatenate([encode(generated, compressor)]));
  const file = await out.stream(name, concatenate(own ? [archives, own] : [archives]));
  const parts = await Promise.all(
    made.map(async ({ id, path }) => ({ id, size: aligned((await stat(path)).size) })),
  );
  return {
    file,
    parts,
    ...(own && { generated: own.sealed() }),
    costs: { parts: made.length, made: made.filter((part) => part.made).length },
  };
}

/** Opened when its turn comes: a stream that fails before anybody listens would end the process. */
async function* readLazily(path: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: CHUNK });
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
