import {
  cpioMembers,
  kernelUnpack,
  planParts,
  remainder,
  writeCpio,
  type CpioMember,
  type PartPlan,
  type Tree,
} from '@nx-linuxkit/tree';
import type { PlacedImage } from './placed-image.js';

/** The archives of a segment before they are written: the layers' parts, then what rules and merges add. */
export interface PlannedSegment {
  readonly parts: readonly PartPlan[];
  /** The last archive, which no layer holds; absent when the parts are all. */
  readonly generated?: AsyncIterable<Uint8Array>;
  readonly members: readonly (readonly CpioMember[])[];
}

/** The archives of a segment that is known to be its parts alone. */
export function planPartsAlone({ image, prefix, tree }: PlacedImage): PlannedSegment['members'] {
  return membersOf(planParts(image, { prefix, into: tree }));
}

/** Plans the archives that make the kernel unpack what `wanted` has of a placed image; default: all of it. */
export function planSegment({ image, prefix, tree }: PlacedImage, wanted: Tree = tree): PlannedSegment {
  const parts = planParts(image, { prefix, into: wanted });
  const archives = membersOf(parts);
  const rest = wanted === tree ? remainder(tree, kernelUnpack(archives).tree) : [];
  if (rest.length === 0) return { parts, members: archives };
  return { parts, generated: writeCpio(rest), members: [...archives, cpioMembers(rest)] };
}

function membersOf(parts: readonly PartPlan[]): PlannedSegment['members'] {
  return parts.map(({ members }) => members);
}
