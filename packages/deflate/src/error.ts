import { Fault } from '@nx-linuxkit/errors';

/** What can be wrong with a plan (the first two) or with a gzip stream. */
export type DeflateErrorCode =
  /** A step is neither a keep nor an insert, or a keep goes backwards, overlaps the one before or is not of integers. */
  | 'bad-ops'
  /** A keep ends behind the end of the input. */
  | 'keep-past-end'
  /** The input, or what follows a gzip member, is not a gzip member. */
  | 'not-gzip'
  /** The input ends inside a gzip member. */
  | 'truncated'
  /** A gzip header or a deflate block breaks the rules of RFC 1952 or RFC 1951. */
  | 'damaged'
  /** The CRC-32 of a member's bytes is not the one in its trailer. */
  | 'crc-mismatch'
  /** The number of a member's bytes is not the one in its trailer. */
  | 'length-mismatch';

/** The one error that this package throws; `code` says what is wrong, `hint` what to do about it. */
export class DeflateError extends Fault<DeflateErrorCode> {}
