import { changes, type SizeChange } from './changes.js';
import type { PackedSizes } from './packed-sizes.js';

/** How an initrd differs from the one of an earlier build: the largest changes first. */
export interface SinceBuild {
  /** When that build ended, in RFC 3339. */
  readonly at: string;
  readonly packed: SizeChange;
  /** Images by their parts of the initrd. */
  readonly images: readonly SizeChange[];
}

/** What a build has kept of its sizes. Builds of earlier versions kept none. */
export interface KeptSizes {
  readonly at: string;
  readonly sizes?: PackedSizes;
}

/** Compares an initrd with that of an earlier build; undefined where that build has kept no sizes. */
export function sinceBuild(
  system: string,
  now: PackedSizes,
  earlier: KeptSizes | undefined,
): SinceBuild | undefined {
  if (!earlier?.sizes) return undefined;
  const { packed, images } = earlier.sizes;
  return {
    at: earlier.at,
    packed: { name: system, before: packed, after: now.packed },
    images: changes(Object.entries(images), Object.entries(now.images)),
  };
}

/**
 * The build that an initrd is compared with: the one before the last if the last one made this initrd, else the last one, as
 * another one was brought by a cache since.
 */
export function buildBefore(
  now: PackedSizes,
  { before, after }: { readonly before?: KeptSizes; readonly after: KeptSizes },
): KeptSizes | undefined {
  const { sizes } = after;
  const isLast =
    sizes?.packed === now.packed &&
    changes(Object.entries(sizes.images), Object.entries(now.images)).length === 0;
  return isLast ? before : after;
}
