import type { Store } from '@nx-linuxkit/oci';
import type { ImageTree, PartPlan } from '@nx-linuxkit/tree';
import type { ImageLayers } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { Compressor } from '../plan/settings.js';
import type { Activity } from '../progress/activity.js';
import { makePart, type StoredPart } from './stored-part.js';

/** An image whose parts are made. */
export interface PartsImage {
  readonly image: OciImage;
  readonly layers: ImageLayers;
  /** The tree that the parts were planned over; it knows the size of each layer. */
  readonly tree: ImageTree;
}

/**
 * Makes the parts of an image that the store lacks. Computes `meanwhile` when every part was found or is in the hands
 * of a thread, so that it holds up none of them. Waits for all parts, so that none is still running when the caller
 * sees the error.
 */
export async function makeParts<T>(
  store: Store,
  { image, layers, tree }: PartsImage,
  plans: readonly PartPlan[],
  compressor: Compressor,
  activity: Activity,
  meanwhile: () => T,
): Promise<[StoredPart[], T]> {
  const sizes = new Map(tree.layers.map(({ diffID, size }) => [diffID, size]));
  const making = plans.map((plan) => {
    const layer = image.layers.find(({ diffID }) => diffID === plan.diffID);
    if (!layer) throw new Error(`a part of layer ${plan.diffID}, which ${image.digest} does not have`);
    const sized = { ...layer, size: sizes.get(plan.diffID) ?? 0 };
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    return { begun, made: makePart(store, layers, sized, plan, compressor, activity, begin).finally(begin) };
  });
  const computed = Promise.all(making.map(({ begun }) => begun)).then(meanwhile);
  const parts = making.map(({ made }) => made);
  await Promise.allSettled([...parts, computed]);
  return [await Promise.all(parts), await computed];
}
