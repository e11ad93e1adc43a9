import { Fault } from '@nx-linuxkit/errors';

export type TreeErrorCode =
  /** A tar, cpio or index text that is damaged, cut short or says two things at once. */
  | 'malformed'
  /** A tar feature that is refused by name: sparse files, multi-volume archives. */
  | 'unsupported'
  /** More bytes, entries or depth than the limits allow. */
  | 'limit'
  /** A name that is empty, has `..` or NUL, or cannot be written as bytes. */
  | 'unsafe-path'
  /** A whiteout that names nothing, or the directory it lies in, or its parent. */
  | 'whiteout'
  /** A hard link whose target does not exist at that moment, or is a directory. */
  | 'link-target'
  | 'symlink-loop'
  /** A path leads through something that is not a directory. */
  | 'not-a-directory'
  /** A number that a format has no room for: a file of 4 GiB in cpio, a negative owner. */
  | 'range'
  /** A name or link target longer than the Linux kernel takes. */
  | 'too-long'
  /** Two entries of one layer claim the same bytes. */
  | 'overlap'
  /** A source held fewer bytes than its size says. */
  | 'short-read';

export class TreeError extends Fault<TreeErrorCode> {}
