import { Fault } from '@nx-linuxkit/errors';

export type StageErrorCode =
  | 'changed-during-build'
  | 'not-locked'
  | 'missing-file'
  | 'unreadable-file'
  | 'unwritable'
  | 'unknown-format'
  | 'no-kernel'
  | 'no-loader'
  | 'bad-image'
  | 'unsupported';

/** What can go wrong in a stage; see README.md for each code. */
export class StageError extends Fault<StageErrorCode> {}
