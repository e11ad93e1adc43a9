import { initrdSize, isRemade, type Initramfs, type InitramfsSegment } from '../initramfs/initramfs.js';
import type { OsPlan } from '../plan/os-plan.js';

/** Bytes of an initrd, and what each image brings to it. Cheap to know: nothing is read for it. */
export interface PackedSizes {
  /** Without microcode. */
  readonly packed: number;
  /** By the reference of an image, or by the YAML for what the system itself brings. */
  readonly images: Readonly<Record<string, number>>;
}

/** Adds up what the initramfs takes of the segments of each image. The frame of the initrd counts for the system. */
export function packedSizes(plan: Pick<OsPlan, 'segments' | 'file'>, initramfs: Initramfs): PackedSizes {
  const references = new Map(plan.segments.map(({ id, reference }) => [id, reference]));
  const images = new Map<string, number>();
  for (const segment of initramfs.segments) {
    const reference = segment.node && references.get(segment.node);
    if (reference) images.set(reference, (images.get(reference) ?? 0) + sizeOf([segment]));
  }
  const packed = initrdSize(initramfs);
  const others = initramfs.segments.filter((segment) => segment.node || isRemade(segment));
  images.set(plan.file, packed - sizeOf(others));
  return { packed, images: Object.fromEntries(images) };
}

/** Bytes of the parts that were made again for this system, and that are of several images. */
export function remadeSize({ segments }: Initramfs): number {
  return sizeOf(segments.filter(isRemade));
}

function sizeOf(segments: readonly InitramfsSegment[]): number {
  return segments.flatMap(({ ranges }) => ranges).reduce((sum, { size }) => sum + size, 0);
}
