import { formatWhere, type Fault, type FaultDetails } from '@nx-linuxkit/errors';
import { SignatureError } from '@nx-linuxkit/signatures';
import { StageError } from '../error.js';

/** Codes of errors that say something about one image; the others concern the whole check. */
const ABOUT_AN_IMAGE: readonly string[] = [
  'denied',
  'no-rule',
  'unsigned',
  'untrusted',
  'invalid-evidence',
  'no-evidence',
];

/**
 * Collects the refusals of a system's images, so that one run reports all of them. An error that is about no image, such
 * as a missing key, and `unavailable`, for which all further images of the registry would wait as well, end the check.
 */
export class Refusals {
  private readonly errors: (SignatureError | StageError)[] = [];

  /** Takes the error of one image. Throws what was collected, with this error as the last, if the error ends the check. */
  add(error: unknown): void {
    if (!(error instanceof SignatureError || error instanceof StageError)) throw error;
    if (ABOUT_AN_IMAGE.includes(error.code)) return void this.errors.push(error);
    if (error.code !== 'unavailable') throw error;
    this.errors.push(error);
    this.throwAll();
  }

  /** Throws one error for all refused images, with the code of the first; returns if no image is refused. */
  throwAll(): void {
    const [first] = this.errors;
    if (first === undefined) return;
    if (this.errors.length === 1) throw first;
    const message = [`${this.errors.length} images are refused:`, ...this.errors.map(paragraph)].join('\n');
    const details: FaultDetails = {
      where: first.where && { file: first.where.file },
      hint: [...new Set(this.errors.flatMap(({ hint }) => hint ?? []))].join(' '),
      cause: this.errors.find(({ cause }) => cause !== undefined)?.cause,
    };
    throw first instanceof StageError
      ? new StageError(first.code, message, details)
      : new SignatureError(first.code, message, details);
  }
}

/** One refusal with its place, indented below the line that counts them. */
function paragraph({ where, message }: Fault): string {
  const text = where ? `${formatWhere(where)}: ${message}` : message;
  return text.replace(/^/gm, '  ');
}
