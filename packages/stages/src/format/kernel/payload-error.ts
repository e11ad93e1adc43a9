import { StageError } from '../../error.js';

/** A compressed kernel with bytes that cannot be decompressed. */
export class KernelPayloadError extends StageError {
  constructor(what: string, cause?: unknown) {
    super('bad-image', `the kernel’s compressed payload is damaged: ${what}`, { cause });
  }
}
