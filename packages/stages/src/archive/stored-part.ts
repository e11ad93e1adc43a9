import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { rewrite } from '@nx-linuxkit/deflate';
import type { Store } from '@nx-linuxkit/oci';
import {
  membersKey,
  membersSize,
  planKey,
  writeMembers,
  type CpioMember,
  type PartPlan,
} from '@nx-linuxkit/tree';
import type { Layer } from '../layers/layer.js';
import type { ImageLayers } from '../layers/layers.js';
import type { Compressor } from '../plan/settings.js';
import type { Activity } from '../progress/activity.js';
import type { Body } from './body.js';
import { encode } from './encode.js';
import { envelopeOf } from './envelope.js';

/** Bumped when the same plan over the same layer gives other bytes. Parts of other versions stay in the store. */
const PART_VERSION = 4;

/** A part's name and what joining must know of it. Parts of one `id` have the same bytes. */
export interface Part extends Body {
  readonly id: string;
}

/** Some members of an initramfs as a file of the store: a gzip member or zstd frame that can be joined to others. */
export interface StoredPart extends Part {
  readonly path: string;
  /** False for a part that the store had already. */
  readonly made: boolean;
}

/**
 * Finds a layer's share of a segment in the store, else makes it. The layer's blob and the plan name it, so a new top
 * layer leaves the parts of its base as they are. For gzip out of gzip the tokens of the layer are rewritten, at the
 * speed of inflating; any other part is compressed out of the layer's uncompressed bytes. `layer.size` is that of the
 * uncompressed layer. Calls `begun` once a thread has the job.
 */
export async function makePart(
  store: Store,
  layers: ImageLayers,
  layer: Layer & { readonly size: number },
  { ops }: PartPlan,
  compressor: Compressor,
  activity: Activity,
  begun: () => void,
): Promise<StoredPart> {
  let plain = 0;
  const counted = function* () {
    for (const op of ops) {
      plain += 'keep' in op ? op.keep[1] - op.keep[0] : op.insert.length;
      yield op;
    }
  };
  const id = `${layer.blob.digest.replace(':', '-')}-${compressor}${PART_VERSION}-${planKey(counted())}`;
  return findOrMake(store, id, compressor, plain, async (path) => {
    // A part is about as large as its layer's blob.
    activity.expect(layer.blob.size);
    activity.grows(path);
    return compressor === 'gzip' && (await layers.isGzip(layer))
      ? layers.transcode(layer, ops, path, begun)
      : write(rewrite(layers.open(layer).read(0, layer.size), ops), compressor, path);
  });
}

/** Finds members that no layer holds as a part in the store, else makes it. Headers and contents name it. */
export async function makeGenerated(
  store: Store,
  members: readonly CpioMember[],
  compressor: Compressor,
): Promise<StoredPart> {
  const id = `generated-${compressor}${PART_VERSION}-${membersKey(members)}`;
  return findOrMake(store, id, compressor, membersSize(members), (path) =>
    write(writeMembers(members), compressor, path),
  );
}

/** A part that the store has; undefined where it lacks the part. */
export async function findPart(store: Store, part: Part): Promise<StoredPart | undefined> {
  const path = await store.find('part', part.id);
  return path === undefined ? undefined : { ...part, path, made: false };
}

async function findOrMake(
  store: Store,
  id: string,
  compressor: Compressor,
  plain: number,
  make: Parameters<Store['put']>[2],
): Promise<StoredPart> {
  const known = await store.find('part', id);
  const path = known ?? (await store.put('part', id, make));
  return { id, path, made: known === undefined, ...(await bodyIn(path, compressor, plain)) };
}

/** The body of a whole that is a file; its end has the CRC-32. */
async function bodyIn(path: string, compressor: Compressor, plain: number): Promise<Body> {
  const { front, endSize, crcIn } = envelopeOf(compressor);
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const end = Buffer.alloc(endSize);
    await file.read(end, 0, endSize, size - endSize);
    return { size: size - front.length - endSize, plain, crc: crcIn(end) };
  } finally {
    await file.close();
  }
}

async function write(plain: AsyncIterable<Uint8Array>, compressor: Compressor, path: string): Promise<void> {
  const bytes = encode(plain, compressor);
  await pipeline(Readable.from(bytes, { objectMode: true, highWaterMark: 2 }), createWriteStream(path));
}
