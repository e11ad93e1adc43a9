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

/** The archives of a segment before they are written: a part for each layer, then what rules and merges add. */
export interface PlannedSegment {
  readonly parts: readonly PartPlan[];
  /** The last archive, which no layer holds; absent where the parts are enough. */
  readonly generated?: AsyncIterable<Uint8Array>;
  /** The members of each archive, in order. */
  readonly members: readonly (readonly CpioMember[])[];
}

/** Plans the parts of a placed image: what its layers give of its tree, or of that in `wanted`. */
export function partsOf({ image, prefix, tree }: PlacedImage, wanted: Tree = tree): readonly PartPlan[] {
  return planParts(image, { prefix, into: wanted });
}

/** The members of a segment that is known to consist of its parts alone. */
export function membersOfParts(placed: PlacedImage): PlannedSegment['members'] {
  return membersOf(partsOf(placed));
}

/** Plans the archives that make the kernel unpack all of a placed image. */
export function planSegment(placed: PlacedImage): PlannedSegment {
  return completeParts(placed, partsOf(placed));
}

/**
 * Plans the archives that bring what `wanted` has of the image, as far as its layers do. The own archive brings the
 * rest.
 */
export function planShare(placed: PlacedImage, wanted: Tree): PlannedSegment {
  const parts = partsOf(placed, wanted);
  return { parts, members: membersOf(parts) };
}

/** Adds the archive with what the kernel would not unpack out of the parts. */
export function completeParts({ tree }: PlacedImage, parts: readonly PartPlan[]): PlannedSegment {
  const archives = membersOf(parts);
  const rest = remainder(tree, kernelUnpack(archives).tree);
  if (rest.length === 0) return { parts, members: archives };
  return { parts, generated: writeCpio(rest), members: [...archives, cpioMembers(rest)] };
}

function membersOf(parts: readonly PartPlan[]): PlannedSegment['members'] {
  return parts.map(({ members }) => members);
}
