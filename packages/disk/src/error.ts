import { Fault } from '@nx-linuxkit/errors';

/** What can be wrong with a tree, a boot loader, a kernel or an option. */
export type DiskErrorCode =
  /** The content does not fit the given size, or the format cannot hold a disk of this size. */
  | 'image-too-large'
  /** A file is larger than the file system can hold (4 GiB - 1 on FAT). */
  | 'file-too-large'
  /** The file system cannot hold a name. */
  | 'bad-name'
  /** The file system cannot tell two names apart, or a path appears twice. */
  | 'duplicate-name'
  /** The file system cannot hold an entry's type, device number or extended attribute (a symlink on FAT). */
  | 'unsupported-entry'
  /** The tree lacks a file that an option names, or an entry's parent directory. */
  | 'missing-file'
  /** A boot loader's file does not have the expected format. */
  | 'bad-loader'
  /** A kernel image has no known header. */
  | 'bad-kernel'
  /** UEFI cannot start the kernel, which was built without the EFI stub. */
  | 'no-efi-stub'
  /** A command line is longer than the kernel reads. */
  | 'cmdline-too-long'
  /** An El Torito image is larger than the boot catalog can express (32 MiB). */
  | 'boot-image-too-large'
  /** An option is out of its range. */
  | 'bad-option'
  /** A source gave fewer or more bytes than its size says. */
  | 'short-content';

/** The one error that this package throws; `code` says what is wrong, `hint` what to do about it. */
export class DiskError extends Fault<DiskErrorCode> {}
