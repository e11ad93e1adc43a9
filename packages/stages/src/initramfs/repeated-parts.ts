import { isSameRoot, kernelUnpack, type CpioMember, type Tree } from '@nx-linuxkit/tree';
import type { SegmentPart } from '../archive/write-segment.js';

type Archives = readonly (readonly CpioMember[])[];

/**
 * Finds the parts at the front of each segment that an earlier segment brings too, as images on one base layer do
 * that share the root. Left out, they cost neither bytes nor time. They are kept where leaving them out would unpack
 * to another root than `given`, because something between has changed what they bring.
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
