import { Fault } from '@nx-linuxkit/errors';

export type DeflateErrorCode =
  /** What is neither a keep nor an insert; a keep that goes backwards, overlaps the one before, or has other than whole numbers. */
  | 'bad-ops'
  /** A keep reaches behind the end of the input. */
  | 'keep-past-end'
  /** The input does not start as a gzip member, or something that is not one follows a member. */
  | 'not-gzip'
  /** The input ends inside a member. */
  | 'truncated'
  /** A deflate block or a gzip header breaks the format's rules. */
  | 'damaged'
  /** A member's bytes are not those that its CRC-32 was made of. */
  | 'crc-mismatch'
  /** A member has more or fewer bytes than its trailer says. */
  | 'length-mismatch';

export class DeflateError extends Fault<DeflateErrorCode> {}
