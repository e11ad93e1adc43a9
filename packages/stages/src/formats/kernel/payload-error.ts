import { StageError } from '../../error.js';

/** A compressed kernel that cannot be decompressed because its bytes are wrong. */
export class KernelPayloadError extends StageError {
  constructor(what: string, cause?: unknown) {
    super('bad-image', `the kernel’s compressed payload is damaged: ${what}`, { cause });
  }
}
