import type { CpioMember } from '@nx-linuxkit/tree';
import { makeParts } from '../archive/make-parts.js';
import { makeGenerated, type StoredPart } from '../archive/stored-part.js';
import type { MakingContext } from '../context.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import { compressorOf } from '../plan/settings.js';
import type { SegmentInput } from '../segment/place-segment.js';
import type { Remade } from './reconcile.js';

/** What parts are made of. */
export interface RemadeInput {
  readonly plan: OsPlan;
  readonly context: Pick<MakingContext, 'store' | 'activity'>;
  readonly placing: (node: SegmentNode) => Promise<SegmentInput>;
}

/**
 * Makes the parts that only one system has, all images side by side: those planned again, then what images bring outside of
 * their layers. The store keeps them.
 */
export async function makeRemade(
  remade: readonly Remade[],
  brought: readonly CpioMember[],
  input: RemadeInput,
): Promise<readonly StoredPart[]> {
  const settled = await Promise.allSettled(remade.map((one) => makeAgain(one, input)));
  const parts = settled.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
  if (brought.length === 0) return parts;
  return [...parts, await makeGenerated(input.context.store, brought, compressorOf(input.plan.settings))];
}

async function makeAgain(
  { assembled: { node, placed }, plans }: Remade,
  { plan, context: { store, activity }, placing }: RemadeInput,
): Promise<StoredPart[]> {
  const { extracted, layers } = await placing(node);
  const image = { image: extracted.image, layers, tree: placed.image };
  const [parts] = await makeParts(
    store,
    image,
    plans,
    compressorOf(plan.settings),
    activity,
    () => undefined,
  );
  return parts;
}
