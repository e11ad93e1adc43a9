import type { LoaderName } from './loaders.js';

/**
 * What a machine boots: the kernel through QEMU's own loader, with an initrd or with its root on a disk; a disk or a
 * CD, through BIOS, through UEFI, or through either; a disk for UEFI with room for two versions; an EFI program, which
 * UEFI starts; a kernel that iPXE fetches.
 */
export type Medium =
  | 'kernel'
  | 'kernel-root'
  | 'bios-disk'
  | 'efi-disk'
  | 'ab-disk'
  | 'bios-cd'
  | 'efi-cd'
  | 'hybrid-cd'
  | 'efi-program'
  | 'netboot';

/**
 * How the bytes of a disk lie in a file. `gcp` is `disk.raw` in a tar.gz, as Google imports it; `ova` is a VMDK with the
 * description of a machine.
 */
export type Container =
  'raw' | 'qcow2' | 'vhd' | 'dynamic-vhd' | 'vhdx' | 'dynamic-vhdx' | 'vmdk' | 'ova' | 'gcp';

/** File systems that hold a root on a disk of its own. */
export type RootFileSystem = 'squashfs' | 'erofs' | 'iso9660';

/** What a file of a format holds; `image` is the only file of a format that has a container. */
export type FileRole =
  | 'kernel'
  | 'initrd'
  | 'cmdline'
  | 'root'
  | 'image'
  | 'measurements'
  | 'script'
  | 'program'
  | 'tree'
  | 'hashes'
  | 'description';

/**
 * Where the root of a system lies that a format boots: in memory, where Linux unpacks the initramfs; in memory as a compressed
 * erofs, which Linux mounts where it lies; or on a partition that nobody can change unseen, because dm-verity checks each block
 * that is read.
 */
export const roots = ['initramfs', 'erofs', 'verity'] as const;

/** One of `roots`. */
export type Root = (typeof roots)[number];

/** What an entry of `outputs` may say beside the format's name. */
export interface FormatOptions {
  /** Least size of the disk, in bytes. */
  readonly size?: number;
  /** Boot a unified kernel image instead of GRUB. */
  readonly uki?: boolean;
  /** Compress the clusters of a qcow2. */
  readonly compressed?: boolean;
  /** Where the root lies. Default: `initramfs`. */
  readonly root?: Root;
  /** The version of an `ab` disk's system: its loader starts the highest one that boots. Default: `0`. */
  readonly version?: string;
}

/** One output format: LinuxKit's name for it, or ours where LinuxKit has none. */
export interface Format {
  readonly name: string;
  /** One line for `nx show project` and the reference page. */
  readonly description: string;
  /** What follows the system's name in the name of each file, in LinuxKit's order. */
  readonly files: Readonly<Partial<Record<FileRole, string>>>;
  /** Absent for a format that no machine boots. */
  readonly medium?: Medium;
  /** Present for a format that is one file: the medium in this container. */
  readonly container?: Container;
  /** Present for the medium `kernel-root`. */
  readonly fileSystem?: RootFileSystem;
  /** Architectures by their OCI names; absent for all. */
  readonly architectures?: readonly string[];
  /** Options that have an effect on this format. */
  readonly options?: readonly (keyof FormatOptions)[];
  /** Values of the option `root`; present for a format that has it. */
  readonly roots?: readonly Root[];
  /** The format whose options in `outputs` this one has too: both are of the same system. */
  readonly optionsOf?: string;
  /** Loaders whose boot files the format holds; see `loadersOf`. */
  readonly loaders?: readonly LoaderName[];
}
