import { filesOf, type RootFile } from './root-files.js';
import { findCopies } from './find-copies.js';
import type { Tree } from '@nx-linuxkit/tree';
import { initrdSize, isRemade, type Initramfs, type InitramfsSegment } from '../initramfs/initramfs.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { ImageSize, SystemSize } from './system-size.js';

/** Measures what the initrd of a system is made of. Reads the files that may be copies of each other. */
export async function measure(plan: OsPlan, initramfs: Initramfs, root: Tree): Promise<SystemSize> {
  const files = filesOf(root, plan);
  return {
    system: plan.name,
    platform: plan.platform,
    packed: initrdSize(initramfs),
    unpacked: total(files),
    remade: sizeOf(initramfs.segments.filter(isRemade)),
    images: imagesOf(plan, initramfs, files),
    files: files.map(({ path, size, image }) => ({ path, size, image })),
    copies: await findCopies(files),
  };
}

function imagesOf(plan: OsPlan, initramfs: Initramfs, files: readonly RootFile[]): ImageSize[] {
  const packed = packedByImage(plan, initramfs);
  const names = [...new Set([...packed.keys(), ...files.map(({ image }) => image)])];
  const images = names.map((image): ImageSize => {
    const own = files.filter((file) => file.image === image);
    return { image, packed: packed.get(image) ?? 0, unpacked: total(own), files: own.length };
  });
  return images.sort((a, b) => b.packed - a.packed || (a.image < b.image ? -1 : 1));
}

/** Bytes of the initrd by the image that they come from. The frame of the initrd counts for the system. */
function packedByImage(plan: OsPlan, initramfs: Initramfs): Map<string, number> {
  const references = new Map(plan.segments.map(({ id, reference }) => [id, reference]));
  const packed = new Map<string, number>();
  for (const segment of initramfs.segments) {
    const reference = segment.node && references.get(segment.node);
    if (reference) packed.set(reference, (packed.get(reference) ?? 0) + sizeOf([segment]));
  }
  const own =
    initrdSize(initramfs) - sizeOf(initramfs.segments.filter((segment) => segment.node || isRemade(segment)));
  return packed.set(plan.file, own);
}

function sizeOf(segments: readonly InitramfsSegment[]): number {
  return total(segments.flatMap(({ ranges }) => ranges));
}

function total(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
