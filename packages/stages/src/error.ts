import { Fault } from '@nx-linuxkit/errors';

/** The codes of StageError; README.md says what each means. */
export type StageErrorCode =
  | 'changed-during-build'
  | 'not-locked'
  | 'no-evidence'
  | 'missing-file'
  | 'unreadable-file'
  | 'unusable-path'
  | 'unwritable'
  | 'unknown-format'
  | 'unknown-image'
  | 'no-kernel'
  | 'no-loader'
  | 'bad-image'
  | 'bad-cmdline'
  | 'denied-privileges'
  | 'not-reproduced'
  | 'bad-option'
  | 'tag-taken'
  | 'signing-failed'
  | 'over-budget'
  | 'refused-license'
  | 'vulnerable'
  | 'bad-document'
  | 'not-built'
  | 'unsupported';

/** An error of a stage or of the plan, with a code, a hint, and the place in the YAML where it has one. */
export class StageError extends Fault<StageErrorCode> {}
