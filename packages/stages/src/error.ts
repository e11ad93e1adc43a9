import { Fault } from '@nx-linuxkit/errors';

export type StageErrorCode =
  | 'changed-during-build'
  | 'not-locked'
  | 'lock-frozen'
  | 'missing-file'
  | 'unreadable-file'
  | 'unwritable'
  | 'unknown-format'
  | 'unknown-stage'
  | 'no-kernel'
  | 'no-loader'
  | 'bad-image'
  | 'not-an-image'
  | 'unsupported';

/** What can go wrong in a stage; see README.md for each code. */
export class StageError extends Fault<StageErrorCode> {}
