import { Fault } from '@nx-linuxkit/errors';

/** The codes of CacheError; README.md says what each means. */
export type CacheErrorCode =
  /** What was typed. */
  | 'bad-flag'
  | 'bad-place'
  | 'no-command'
  /** What lies in a place is not what was stored there. */
  | 'damaged-entry'
  | 'untrusted-entry'
  | 'missing-blob'
  /** An archive has more parts than an entry may have. */
  | 'too-large'
  /** A place cannot do what was asked for. */
  | 'cannot-delete';

/** An error about the cache: a flag, a place, or what lies in a place. */
export class CacheError extends Fault<CacheErrorCode> {}
