import { Fault } from '@nx-linuxkit/errors';

export type OptionErrorCode =
  /** The executor has no option of this name. */
  | 'unknown-option'
  /** The value of an option has the wrong type, or is none of those that are allowed. */
  | 'bad-option'
  /** An option is missing that the executor cannot do without. */
  | 'missing-option';

/** The error of an executor's options. */
export class OptionError extends Fault<OptionErrorCode> {}
