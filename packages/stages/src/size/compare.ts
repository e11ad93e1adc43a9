import type { SystemSize } from './system-size.js';

/** A part of a system whose size has changed. Absent before or after is 0. */
export interface SizeChange {
  /** An image, a package, or the path of a file. */
  readonly name: string;
  readonly before: number;
  readonly after: number;
}

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

/** Compares sizes by name: the largest changes first. */
export function changes(
  before: readonly (readonly [string, number])[],
  after: readonly (readonly [string, number])[],
): SizeChange[] {
  const [old, now] = [new Map(before), new Map(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names
    .map((name) => ({ name, before: old.get(name) ?? 0, after: now.get(name) ?? 0 }))
    .filter((change) => change.before !== change.after)
    .sort((a, b) => Math.abs(difference(b)) - Math.abs(difference(a)) || (a.name < b.name ? -1 : 1));
}

function difference({ before, after }: SizeChange): number {
  return after - before;
}
