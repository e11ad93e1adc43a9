// Signatures first: the implementations replace these declarations one by one.
import type { ByteSource, Content, Entry } from '@nx-linuxkit/tree';
export { DiskError, type DiskErrorCode } from './error.js';

export interface Extent {
  readonly offset: number;
  readonly content: Content;
}
/** A disk image as extents over zeros: sparse by construction. `size` in bytes; extents sorted and disjoint. */
export interface Image {
  readonly size: number;
  readonly extents: readonly Extent[];
}
export declare function makeImage(size: number, extents: Iterable<Extent>): Image;
export declare function placeImages(size: number, parts: Iterable<{ offset: number; image: Image }>): Image;
export declare function concatImages(images: Iterable<Image>): Image;
export declare function readImage(image: Image, start?: number, end?: number): AsyncIterable<Uint8Array>;
/** id: sha256 over size and the extents' offsets, source ids and slices. */
export declare function imageSource(image: Image): ByteSource;
export declare function imageContent(image: Image): Content;
export declare function contentImage(content: Content): Image;
export declare function bytesContent(bytes: Uint8Array | string): Content;
/** Entries for a small tree: parents are made, everything is sorted. */
export declare function fileEntries(
  files: Record<string, Content | Uint8Array | string>,
  mtime?: number,
): Entry[];

export interface FatOptions {
  /** Bytes; the volume has at least this size. */
  minimumSize?: number;
  /** Bytes; fails with the numbers if the content needs more. */
  maximumSize?: number;
  /** At most 11 characters. */
  label?: string;
  /** First sector of the partition that will hold the volume (syslinux reads it). */
  hiddenSectors?: number;
}
export interface FatVolume {
  readonly image: Image;
  readonly bits: 12 | 16 | 32;
  /** Sector numbers of a file, from the volume's start. */
  sectors(path: string): number[];
}
export declare function fatVolume(entries: Iterable<Entry>, options?: FatOptions): FatVolume;
export declare function fatImage(entries: Iterable<Entry>, options?: FatOptions): Image;

/** LBA of the first partition: 1 MiB. */
export declare const PARTITION_START: number;
export interface MbrPartition {
  image: Image;
  type: number;
  active?: boolean;
}
export interface MbrOptions {
  bootCode?: Uint8Array;
  minimumSize?: number;
}
export declare function mbrDisk(partitions: readonly MbrPartition[], options?: MbrOptions): Image;
export interface GptPartition {
  image: Image;
  type: string;
  name: string;
  legacyBoot?: boolean;
}
export interface GptOptions {
  bootCode?: Uint8Array;
  minimumSize?: number;
}
export declare const GPT_TYPES: {
  readonly esp: string;
  readonly linux: string;
  readonly basicData: string;
  readonly biosBoot: string;
};
export declare function gptDisk(partitions: readonly GptPartition[], options?: GptOptions): Image;

export interface SyslinuxLoader {
  bss: Uint8Array;
  sys: Uint8Array;
  c32: Uint8Array;
}
/** The three files that are embedded in the `syslinux` program. */
export declare function extractSyslinux(program: Uint8Array): SyslinuxLoader;
export declare function patchLdlinux(
  sys: Uint8Array,
  bss: Uint8Array,
  layout: { bootSector: Uint8Array; sectors: readonly number[] },
): { file: Uint8Array; bootSector: Uint8Array };
/** A FAT volume with syslinux installed: /ldlinux.sys and /ldlinux.c32 are added, the boot sector is patched. */
export declare function syslinuxVolume(
  entries: Iterable<Entry>,
  loader: SyslinuxLoader,
  options?: FatOptions,
): FatVolume;
/** altmbr.bin with its partition number (1..4) set. */
export declare function altMbr(altmbr: Uint8Array, partition: number): Uint8Array;

export interface IsoOptions {
  /** Volume id, at most 32 characters; default LinuxKit. */
  volume?: string;
  mtime?: number;
  joliet?: boolean;
  /** El Torito, BIOS: path of isolinux.bin in the tree; gets its boot-info table. */
  bios?: { path: string };
  /** El Torito, UEFI: a FAT image. */
  efi?: Image;
  /** isohdpfx.bin: bootable as a disk by BIOS. */
  hybridMbr?: Uint8Array;
  /** A GPT with the EFI image as ESP: bootable as a disk by UEFI. Default: whether efi is given. */
  gpt?: boolean;
}
export declare function isoImage(entries: Iterable<Entry>, options?: IsoOptions): Promise<Image>;

export interface KernelInfo {
  arch: 'x86_64' | 'arm64' | 'riscv64';
  efiStub: boolean;
  /** Longest command line without its NUL; undefined if the header does not say. */
  cmdlineSize?: number;
  initrdAddressMax?: number;
  version?: string;
}
/** Bytes of the header that inspectKernel wants to see (fewer if the file is smaller). */
export declare const KERNEL_HEADER_BYTES: number;
export declare function inspectKernel(head: Uint8Array): KernelInfo;
/** Throws cmdline-too-long. */
export declare function checkCmdline(kernel: KernelInfo, cmdline: string): void;
export interface UkiParts {
  stub: Content;
  kernel: Content;
  initrd?: Content;
  cmdline?: string;
  osRelease?: string;
  ucode?: Content;
  uname?: string;
}
export declare function ukiImage(parts: UkiParts): Promise<Image>;

export type ContainerFormat = 'raw' | 'qcow2' | 'qcow2-compressed' | 'vhd' | 'dynamic-vhd' | 'vmdk' | 'gcp';
/** Writes the file beside its path and renames it when complete. */
export type ContainerWriter = (image: Image, path: string) => Promise<void>;
export declare const CONTAINERS: Readonly<Record<ContainerFormat, ContainerWriter>>;
/** Sparse: blocks of zeros are holes. */
export declare function writeRaw(image: Image, path: string): Promise<void>;
export declare function writeQcow2(
  image: Image,
  path: string,
  options?: { compressed?: boolean; level?: number },
): Promise<void>;
export declare function writeVhdFixed(image: Image, path: string): Promise<void>;
export declare function writeVhdDynamic(image: Image, path: string): Promise<void>;
export declare function vmdkStream(image: Image, options?: { level?: number }): AsyncIterable<Uint8Array>;
/** disk.raw in a tar.gz, GNU sparse, padded to whole GiB. */
export declare function gcpTarGz(image: Image, options?: { level?: number }): AsyncIterable<Uint8Array>;

export interface SquashfsOptions {
  mtime?: number;
  level?: number;
  blockSize?: number;
}
export declare function writeSquashfs(
  entries: Iterable<Entry>,
  path: string,
  options?: SquashfsOptions,
): Promise<void>;
export interface ErofsOptions {
  mtime?: number;
  label?: string;
}
export declare function erofsImage(entries: Iterable<Entry>, options?: ErofsOptions): Image;

export type RootFileSystem = 'squashfs' | 'erofs' | 'iso9660';
export declare const ROOT_FILE_SYSTEMS: Readonly<
  Record<
    RootFileSystem,
    (entries: Iterable<Entry>, path: string, options?: { mtime?: number }) => Promise<void>
  >
>;
