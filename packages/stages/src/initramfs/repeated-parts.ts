import { isSameRoot, kernelUnpack, type CpioMember, type Tree } from '@nx-linuxkit/tree';
import type { SegmentPart } from '../segment/write-segment.js';

type Archives = readonly (readonly CpioMember[])[];

/**
 * The parts at the front of each segment that an earlier segment has as well, as images on one base layer have that
 * share the root: left out, they cost neither bytes nor time. They stay where the root, `given`, would be another
 * without them, because something between changed what they bring.
 */
export function repeatedParts(
  archives: readonly Archives[],
  parts: readonly (readonly SegmentPart[])[],
  given: Tree,
): readonly (readonly SegmentPart[])[] {
  const seen = new Set<string>();
  const repeated = parts.map((list) => {
    const first = list.findIndex(({ id }) => !seen.has(id));
    for (const { id } of list) seen.add(id);
    return first < 0 ? list : list.slice(0, first);
  });
  if (repeated.every(({ length }) => length === 0)) return repeated;
  const rest = archives.flatMap((list, i) => list.slice(repeated[i].length));
  return isSameRoot(kernelUnpack(rest).tree, given) ? repeated : parts.map(() => []);
}
