import type { Content, Entry } from '@nx-linuxkit/tree';
import type { Image } from './image/image.js';

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
