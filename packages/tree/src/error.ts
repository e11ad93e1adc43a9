import { Fault } from '@nx-linuxkit/errors';

/** What can be wrong with an archive, an index or a tree. */
export type TreeErrorCode =
  /** A tar, a cpio archive or an index text is damaged, is cut short or contradicts itself. */
  | 'malformed'
  /** A tar uses a feature that is refused: sparse files, multi-volume archives. */
  | 'unsupported'
  /** A tar has more bytes, more entries or deeper paths than its limits allow. */
  | 'limit'
  /** A name is empty, has a `..` component or a NUL, or cannot be written as bytes. */
  | 'unsafe-path'
  /** A whiteout names nothing, its own directory or its parent directory. */
  | 'whiteout'
  /** A hard link's target does not exist when the link is applied, or is a directory. */
  | 'link-target'
  /** A path leads through more symlinks than Linux follows. */
  | 'symlink-loop'
  /** A path leads through something that is not a directory. */
  | 'not-a-directory'
  /** A format has no room for a number: a file of 4 GiB in cpio, a negative owner. */
  | 'range'
  /** A name or a link target is longer than Linux takes. */
  | 'too-long'
  /** Two entries of one layer claim the same bytes. */
  | 'overlap'
  /** A source has fewer bytes than its size says. */
  | 'short-read';

/** The one error that this package throws; `code` says what is wrong, `hint` what to do about it. */
export class TreeError extends Fault<TreeErrorCode> {}
