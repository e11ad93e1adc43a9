import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline as pump } from 'node:stream/promises';
import { compress, rewrite } from '@nx-linuxkit/deflate';
import { planKey, type PartPlan } from '@nx-linuxkit/tree';
import type { Layer } from '../layers/layers.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/os-plan.js';
import type { Compressor } from '../plan/settings.js';
import { zstd } from './zstd.js';

/** Bumped when the same plan over the same layer gives other bytes. */
const PART_VERSION = 3;

/** One layer's share of a segment, as a file of the store. Parts of one `id` have the same bytes. */
export interface Part {
  readonly id: string;
  readonly path: string;
  /** It was not there before. */
  readonly made: boolean;
}

/**
 * Named by the layer's blob and the plan, so a new top layer leaves the parts of its base as they are. `begun` is called
 * when nothing here is left to do in this thread.
 */
export async function makePart(
  { environment: { store }, layers, source }: PartMaker,
  layer: Layer & { readonly size: number },
  plan: PartPlan,
  compressor: Compressor,
  begun: () => void,
): Promise<Part> {
  const key = `${layer.blob.digest.replace(':', '-')}-${compressor}${PART_VERSION}-${planKey(plan.ops)}`;
  const known = await store.find('part', key);
  if (known) return { id: key, path: known, made: false };
  const path = await store.put('part', key, (temporary) =>
    isGzip(layer, compressor)
      ? layers.transcode(layer, source, plan.ops, temporary, begun)
      : writePart(layers.open(layer, source).read(0, layer.size), plan, compressor, temporary),
  );
  return { id: key, path, made: true };
}

/**
 * A layer arrives deflated already: for gzip out of gzip its own tokens are rewritten, at the speed of
 * inflating. Anything else is compressed, from the layer's uncompressed bytes.
 */
function isGzip({ blob }: Layer, compressor: Compressor): boolean {
  return compressor === 'gzip' && /[.+]gzip$/.test(blob.mediaType);
}

async function writePart(
  layer: AsyncIterable<Uint8Array>,
  { ops }: PartPlan,
  compressor: Compressor,
  path: string,
): Promise<void> {
  const bytes = encode(rewrite(layer, ops), compressor);
  await pump(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(path));
}

/** What making a part takes of the pipeline. */
export interface PartMaker extends Pick<Pipeline, 'environment' | 'layers'> {
  readonly source: () => ReturnType<Pipeline['source']>;
}

export function partMaker(pipeline: Pipeline, image: ImageNode): PartMaker {
  const { environment, layers } = pipeline;
  return { environment, layers, source: () => pipeline.source(image) };
}

/** Compressed as asked: one gzip member or zstd frame for each archive, as the kernel wants it. */
export function encode(
  archive: AsyncIterable<Uint8Array>,
  compressor: Compressor,
): AsyncIterable<Uint8Array> {
  if (compressor === 'gzip') return compress(archive);
  return compressor === 'zstd' ? zstd(archive) : archive;
}
