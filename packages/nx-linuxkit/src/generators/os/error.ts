import { Fault } from '@nx-linuxkit/errors';

export type GeneratorErrorCode =
  /** The name cannot be the name of a system. */
  | 'bad-name'
  /** The devkit of Nx is not installed. */
  | 'no-devkit'
  /** The file that the generator writes already exists. */
  | 'exists';

/** The error of the generators. */
export class GeneratorError extends Fault<GeneratorErrorCode> {}
