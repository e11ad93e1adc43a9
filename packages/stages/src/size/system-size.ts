import type { SinceBuild } from './since-build.js';

/** What the initrd of a system is made of. Sizes are bytes. */
export interface SystemSize {
  readonly system: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** The initrd, without microcode. */
  readonly packed: number;
  /** The contents of its files; a hard link counts once. */
  readonly unpacked: number;
  /** The part of the initrd that was made again where images overlap, and that is of several images. */
  readonly remade: number;
  /** The largest first. What the system itself brings is among them, and named by its YAML. */
  readonly images: readonly ImageSize[];
  /** What package managers of the images have recorded, and the Debian packages of images that are made here; the largest first. */
  readonly packages: readonly PackageSize[];
  /** Every file that has bytes, the largest first. */
  readonly files: readonly FileSize[];
  /** Files with the same bytes, those that take the most first. */
  readonly copies: readonly Copies[];
  /** Formats whose root is no initramfs, as `kernel+initrd (erofs)`; absent where there are none. See `otherRoots`. */
  readonly otherRoots?: readonly string[];
  /** How the initrd differs from that of the build before; absent where the store knows none. */
  readonly sinceBuild?: SinceBuild;
}

/** What one image brings to a system. */
export interface ImageSize {
  /** The reference of the YAML, or the YAML for what the system itself brings. */
  readonly image: string;
  /** The part of the initrd; 0 for an image of which every part had to be made again, see `remade`. */
  readonly packed: number;
  readonly unpacked: number;
  readonly files: number;
}

/** What one package brings to a system. */
export interface PackageSize {
  readonly name: string;
  readonly version: string;
  readonly type: 'deb' | 'apk';
  /** Sorted references of the YAML. */
  readonly images: readonly string[];
  /** As in `FileSize`: the sum over its files, each copy counted. */
  readonly packed: number;
  readonly unpacked: number;
  /** 0 for a package of which nothing lists the files. */
  readonly files: number;
}

/** A file of a system. */
export interface FileSize {
  readonly path: string;
  readonly size: number;
  /** Bytes of the initrd that it takes, with its header. Files that are compressed together share them by their sizes. */
  readonly packed: number;
  /** As in `ImageSize`. */
  readonly image: string;
}

/** Several files with the same bytes. */
export interface Copies {
  /** Bytes of each. */
  readonly size: number;
  readonly paths: readonly string[];
}
