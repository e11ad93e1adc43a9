import { bytes } from '../format-quantity.js';
import { signed } from './lines.js';
import { otherRootsText } from './other-roots.js';
import type { PackedSizes } from './packed-sizes.js';
import type { SinceBuild } from './since-build.js';

/** Images that a line names. */
const NAMED = 3;

/**
 * Says in three lines what a build has made: how large the initrd is, what brings most of it, and what has changed. `more` is a
 * command that says more, and `formats` are those of `otherRoots`.
 */
export function newsLines(
  { packed, images }: PackedSizes,
  since: SinceBuild | undefined,
  { more, formats }: { readonly more?: string; readonly formats?: readonly string[] } = {},
): string[] {
  const most = Object.entries(images).sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  const named = most.slice(0, NAMED).map(([image, size]) => `${image} ${bytes(size)}`);
  const changed = since?.images.slice(0, NAMED).map((change) => `${change.name} ${signed(change)}`) ?? [];
  const initrd = [
    `initrd: ${bytes(packed)}`,
    ...(since ? [`${signed(since.packed)} since the build before`] : []),
    ...otherRootsText(formats),
  ];
  return [
    initrd.join(', '),
    `most of it: ${named.join(', ')}`,
    ...(changed.length > 0 ? [`changed most: ${changed.join(', ')}`] : []),
    ...(changed.length === 0 && more !== undefined ? [`\`${more}\` says what is in it`] : []),
  ];
}
