import type { Content, Entry } from '@nx-linuxkit/tree';
import type { Image } from './image/image.js';

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
