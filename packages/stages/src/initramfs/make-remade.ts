import type { CpioMember } from '@nx-linuxkit/tree';
import { makeParts } from '../archive/make-parts.js';
import { makeGenerated, type StoredPart } from '../archive/stored-part.js';
import type { MakingContext } from '../context.js';
import type { SegmentNode } from '../plan/os-plan.js';
import type { Compressor } from '../plan/settings.js';
import type { SegmentInput } from '../segment/place-segment.js';
import type { Remade } from './reconcile.js';

/** Makes the parts that only one system has: those planned again, then what no layer holds. The store keeps them. */
export type MakeRemade = (
  remade: readonly Remade[],
  brought: readonly CpioMember[],
) => Promise<readonly StoredPart[]>;

/** Makes parts out of the layers of a system's images, all images side by side. */
export function remadeMaker(
  placing: (node: SegmentNode) => Promise<SegmentInput>,
  { store, activity }: Pick<MakingContext, 'store' | 'activity'>,
  compressor: Compressor,
): MakeRemade {
  const remake = async ({ assembled: { node, placed }, plans }: Remade) => {
    const { extracted, layers } = await placing(node);
    const image = { image: extracted.image, layers, tree: placed.image };
    const [parts] = await makeParts(store, image, plans, compressor, activity, () => undefined);
    return parts;
  };
  return async (remade, brought) => {
    const settled = await Promise.allSettled(remade.map(remake));
    const parts = settled.flatMap((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    });
    return brought.length > 0 ? [...parts, await makeGenerated(store, brought, compressor)] : parts;
  };
}
