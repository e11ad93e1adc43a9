import type { ImageTree, PartPlan } from '@nx-linuxkit/tree';
import type { ImageFacts } from '../image-facts.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/os-plan.js';
import type { Compressor } from '../plan/settings.js';
import { makePart, partMaker, type Part } from './part.js';

/**
 * Makes those parts of an image that the store does not have. `meanwhile` is computed when each was found or is a
 * thread's, so that it holds up none of them.
 */
export async function makeParts<T>(
  pipeline: Pipeline,
  image: ImageNode,
  facts: ImageFacts,
  tree: ImageTree,
  plans: readonly PartPlan[],
  compressor: Compressor,
  meanwhile: () => T,
): Promise<[Part[], T]> {
  const maker = partMaker(pipeline, image);
  const sizes = new Map(tree.layers.map(({ diffID, size }) => [diffID, size]));
  const making = plans.map((plan) => {
    const layer = facts.layers.find(({ diffID }) => diffID === plan.diffID);
    if (!layer) throw new Error(`a part of layer ${plan.diffID}, which ${image.id} does not have`);
    const sized = { ...layer, size: sizes.get(plan.diffID) ?? 0 };
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    return { begun, made: makePart(maker, sized, plan, compressor, begin).finally(begin) };
  });
  const computed = Promise.all(making.map(({ begun }) => begun)).then(meanwhile);
  const parts = making.map(({ made }) => made);
  // None goes on behind the back of whoever hears of a failure.
  await Promise.allSettled([...parts, computed]);
  return [await Promise.all(parts), await computed];
}
