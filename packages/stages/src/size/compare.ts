import { changes, type SizeChange } from './changes.js';
import type { SystemSize } from './system-size.js';

/** How a system differs from an earlier measurement of it: the largest changes first. */
export interface SizeChanges {
  readonly packed: SizeChange;
  readonly images: readonly SizeChange[];
  /** Unpacked bytes by the name of a package, whatever its version. */
  readonly packages: readonly SizeChange[];
  readonly files: readonly SizeChange[];
}

/** Compares two measurements. Images are compared by their part of the initrd, packages and files by their bytes. */
export function compareSizes(before: SystemSize, after: SystemSize): SizeChanges {
  const packed = ({ images }: SystemSize) => images.map(({ image, packed: size }) => [image, size] as const);
  const unpacked = ({ files }: SystemSize) => files.map(({ path, size }) => [path, size] as const);
  return {
    packed: { name: after.system, before: before.packed, after: after.packed },
    images: changes(packed(before), packed(after)),
    packages: changes(ofPackages(before), ofPackages(after)),
    files: changes(unpacked(before), unpacked(after)),
  };
}

/** Several versions of a package count together. */
function ofPackages({ packages }: SystemSize): (readonly [string, number])[] {
  const sizes = new Map<string, number>();
  for (const { name, unpacked } of packages) sizes.set(name, (sizes.get(name) ?? 0) + unpacked);
  return [...sizes];
}
