import { filesOf, type RootFile } from './root-files.js';
import { findCopies } from './find-copies.js';
import type { Tree } from '@nx-linuxkit/tree';
import { initrdSize, type Initramfs } from '../initramfs/initramfs.js';
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

/** Bytes of the initrd by the image that they come from. The rest of the initrd is the system's. */
function packedByImage(plan: OsPlan, initramfs: Initramfs): Map<string, number> {
  const references = new Map(plan.segments.map(({ id, reference }) => [id, reference]));
  const packed = new Map<string, number>();
  let ofImages = 0;
  for (const { node, ranges } of initramfs.segments) {
    const reference = node === undefined ? undefined : references.get(node);
    if (reference === undefined) continue;
    const size = ranges.reduce((sum, range) => sum + range.size, 0);
    packed.set(reference, (packed.get(reference) ?? 0) + size);
    ofImages += size;
  }
  return packed.set(plan.file, initrdSize(initramfs) - ofImages);
}

function total(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
