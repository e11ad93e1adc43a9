import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rewrite } from '@nx-linuxkit/deflate';
import type { Store } from '@nx-linuxkit/oci';
import { planKey, type PartPlan } from '@nx-linuxkit/tree';
import type { Layer } from '../layers/layer.js';
import type { ImageLayers } from '../layers/layers.js';
import type { Compressor } from '../plan/settings.js';
import type { Activity } from '../progress/activity.js';
import { encode } from './encode.js';

/** Bumped when the same plan over the same layer gives other bytes. */
const PART_VERSION = 3;

/** One layer's share of a segment, as a file of the store. Parts of one `id` have the same bytes. */
export interface StoredPart {
  readonly id: string;
  readonly path: string;
  /** False for a part that the store had already. */
  readonly made: boolean;
}

/**
 * Finds a part in the store, else makes it. The layer's blob and the plan name it, so a new top layer leaves the
 * parts of its base as they are. For gzip out of gzip the tokens of the layer are rewritten, at the speed of
 * inflating; any other part is compressed out of the layer's uncompressed bytes. `layer.size` is that of the uncompressed layer. Calls `begun` once a thread has the
 * job.
 */
export async function makePart(
  store: Store,
  layers: ImageLayers,
  layer: Layer & { readonly size: number },
  plan: PartPlan,
  compressor: Compressor,
  activity: Activity,
  begun: () => void,
): Promise<StoredPart> {
  const key = `${layer.blob.digest.replace(':', '-')}-${compressor}${PART_VERSION}-${planKey(plan.ops)}`;
  const known = await store.find('part', key);
  if (known) return { id: key, path: known, made: false };
  // A part is about as large as its layer's blob.
  activity.expect(layer.blob.size);
  const path = await store.put('part', key, async (temporary) => {
    activity.grows(temporary);
    return compressor === 'gzip' && (await layers.isGzip(layer))
      ? layers.transcode(layer, plan.ops, temporary, begun)
      : writePart(layers.open(layer).read(0, layer.size), plan, compressor, temporary);
  });
  return { id: key, path, made: true };
}

async function writePart(
  layer: AsyncIterable<Uint8Array>,
  { ops }: PartPlan,
  compressor: Compressor,
  path: string,
): Promise<void> {
  const bytes = encode(rewrite(layer, ops), compressor);
  await pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(path));
}
