import { formatOptions } from '../plan/format-options.js';
import type { OsPlan } from '../plan/os-plan.js';

/**
 * Formats in the `outputs` of a system whose root is no initramfs, as `kernel+initrd (erofs)`: what is measured is the size that the
 * root would have as one.
 */
export function otherRoots({ os }: Pick<OsPlan, 'os'>): string[] {
  const names = new Set(os.outputs.map(({ format }) => format));
  return [...names].flatMap((format) => {
    const { root = 'initramfs' } = formatOptions(os, format);
    return root === 'initramfs' ? [] : [`${format} (${root})`];
  });
}

/** Says that a size is not that of the initrd of some formats; nothing for a system without such a format. */
export function otherRootsText(formats: readonly string[] = []): string[] {
  return formats.length === 0 ? [] : [`as an initramfs, which is not the root of ${formats.join(', ')}`];
}
