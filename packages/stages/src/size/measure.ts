import type { Tree } from '@nx-linuxkit/tree';
import type { Initramfs } from '../initramfs/initramfs.js';
import {
  installedPackages,
  type InstalledPackage,
  type InstalledPackages,
  type MadePackages,
} from '../installed/installed-packages.js';
import type { OsPlan } from '../plan/os-plan.js';
import { findCopies } from './find-copies.js';
import { otherRoots } from './other-roots.js';
import { packedSizes, remadeSize, type PackedSizes } from './packed-sizes.js';
import { filesOf, type RootFile } from './root-files.js';
import type { ImageSize, PackageSize, SystemSize } from './system-size.js';

/** What a measurement reads. */
export interface Measured {
  readonly plan: OsPlan;
  readonly initramfs: Initramfs;
  readonly root: Tree;
  /** The Debian packages of images that were made here. */
  readonly made: readonly MadePackages[];
  /** Bytes of the initrd by the paths of its members. */
  readonly packed: ReadonlyMap<string, number>;
}

/** A measurement, with the files and packages that it was made of. */
export interface Measurement extends InstalledPackages {
  readonly size: SystemSize;
  readonly files: readonly RootFile[];
}

/** Measures what the initrd of a system is made of. Reads the files that may be copies of each other. */
export async function measure({ plan, initramfs, root, made, packed }: Measured): Promise<Measurement> {
  const files = filesOf(root, plan);
  const packages = await installedPackages(root, files, made);
  return { ...packages, files, size: await sizeOfSystem({ plan, initramfs, packed }, files, packages) };
}

async function sizeOfSystem(
  { plan, initramfs, packed }: Pick<Measured, 'plan' | 'initramfs' | 'packed'>,
  files: readonly RootFile[],
  { installed }: InstalledPackages,
): Promise<SystemSize> {
  const packedOf = ({ paths }: RootFile) =>
    Math.round(paths.reduce((sum, path) => sum + (packed.get(path) ?? 0), 0));
  const sizes = packedSizes(plan, initramfs);
  const others = otherRoots(plan);
  return {
    system: plan.name,
    platform: plan.platform,
    packed: sizes.packed,
    unpacked: total(files),
    remade: remadeSize(initramfs),
    images: imagesOf(sizes.images, files),
    packages: installed
      .map((one) => packageSize(one, packedOf))
      .sort((a, b) => b.packed - a.packed || b.unpacked - a.unpacked || (a.name < b.name ? -1 : 1)),
    files: files.map((file) => ({
      ...{ path: file.path, size: file.size, packed: packedOf(file), image: file.image },
    })),
    copies: await findCopies(files),
    ...(others.length > 0 && { otherRoots: others }),
  };
}

function packageSize(
  { name, version, type, images, files }: InstalledPackage,
  packedOf: (file: RootFile) => number,
): PackageSize {
  const packed = files.reduce((sum, file) => sum + packedOf(file), 0);
  return { name, version, type, images, packed, unpacked: total(files), files: files.length };
}

function imagesOf(packed: PackedSizes['images'], files: readonly RootFile[]): ImageSize[] {
  const names = [...new Set([...Object.keys(packed), ...files.map(({ image }) => image)])];
  const images = names.map((image): ImageSize => {
    const own = files.filter((file) => file.image === image);
    return { image, packed: packed[image] ?? 0, unpacked: total(own), files: own.length };
  });
  return images.sort((a, b) => b.packed - a.packed || (a.image < b.image ? -1 : 1));
}

function total(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
