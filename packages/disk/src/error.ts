import { Fault } from '@nx-linuxkit/errors';

export type DiskErrorCode =
  /** The content does not fit the size given, or the format cannot hold a disk of this size. */
  | 'image-too-large'
  /** One file is larger than the file system can hold (4 GiB - 1 on FAT and in an ISO 9660 extent). */
  | 'file-too-large'
  /** A name that the file system cannot hold. */
  | 'bad-name'
  /** Two entries that the file system cannot tell apart, or one path twice. */
  | 'duplicate-name'
  /** A type of entry that the file system has no way to store (a symlink on FAT). */
  | 'unsupported-entry'
  /** A file that an option names is not in the tree. */
  | 'missing-file'
  /** A boot loader's file is not what its format says. */
  | 'bad-loader'
  /** A kernel image without a header that we know. */
  | 'bad-kernel'
  /** The kernel cannot be started by UEFI itself. */
  | 'no-efi-stub'
  | 'cmdline-too-long'
  /** An El Torito image beyond what its catalog can count. */
  | 'boot-image-too-large'
  /** An option out of its range. */
  | 'bad-option'
  /** A source gave fewer bytes than its size says. */
  | 'short-content';

export class DiskError extends Fault<DiskErrorCode> {}
