import {
  cpioMembers,
  kernelUnpack,
  planParts,
  remainder,
  type CpioMember,
  type PartOptions,
  type PartPlan,
} from '@nx-linuxkit/tree';
import type { PlacedImage } from './placed-image.js';

/** Plans the parts of a placed image: what its layers give of its tree, or of another in `into`. */
export function partsOf(
  { image, prefix, tree }: PlacedImage,
  options: PartOptions = {},
): readonly PartPlan[] {
  return planParts(image, { into: tree, ...options, prefix });
}

/** The members that rules add to a placed image, which no layer holds: what the kernel would not unpack out of parts. */
export function generatedMembers({ tree, prefix }: PlacedImage, parts: readonly PartPlan[]): CpioMember[] {
  const given = kernelUnpack([membersOf(parts)]);
  return cpioMembers(remainder(tree, given), prefix);
}

/** The members of several lists, one list after the other. */
export function membersOf(
  lists: readonly { readonly members: Iterable<CpioMember> }[],
): Iterable<CpioMember> {
  return {
    *[Symbol.iterator]() {
      for (const { members } of lists) yield* members;
    },
  };
}
