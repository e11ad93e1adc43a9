import { Fault, type FaultDetails } from '@nx-linuxkit/errors';

export type GeneratorErrorCode =
  /** The name cannot be the name of a system. */
  | 'bad-name'
  /** The devkit of Nx is not installed. */
  | 'no-devkit'
  /** The file that the generator writes already exists. */
  | 'exists'
  /** There is no LinuxKit YAML to import. */
  | 'nothing-found';

/** The error of the generators. Nx prints the message of what a generator throws and nothing else, so it has the hint too. */
export class GeneratorError extends Fault<GeneratorErrorCode> {
  constructor(code: GeneratorErrorCode, message: string, details: FaultDetails = {}) {
    super(code, details.hint === undefined ? message : `${message}\n${details.hint}`, details);
  }
}
