import { OciError } from '@nx-linuxkit/oci';
import { FormatError } from '../json.js';
import type { Look, Outcome, Place } from './place.js';

/** The answers of a registry that say nothing about a signature; any other error is about the document. */
const OUTCOMES: Readonly<Partial<Record<OciError['code'], Outcome>>> = {
  'not-found': 'not found',
  unauthorized: 'no permission',
  forbidden: 'no permission',
  unreachable: 'no answer',
  timeout: 'no answer',
  tls: 'no answer',
  'rate-limited': 'no answer',
  'registry-error': 'no answer',
  truncated: 'no answer',
};

export function look(place: Place, outcome: Outcome, detail: string): Look {
  return { place, outcome, detail };
}

/** What a failure to read says about a place. Throws what is neither of a registry nor of a document. */
export function failedLook(place: Place, error: unknown): Look {
  if (error instanceof FormatError) return look(place, 'wrong format', error.message);
  if (!(error instanceof OciError)) throw error;
  return { ...look(place, OUTCOMES[error.code] ?? 'wrong format', error.message), cause: error };
}

/** Anyone who may push to a repository could attach thousands of signatures: a search ends, and says so. */
export const SIGNATURE_LIMIT = 100;

export function* lookIfTooMany(place: Place, count: number): Generator<Look, void> {
  if (count <= SIGNATURE_LIMIT) return;
  yield look(place, 'wrong format', `only the first ${SIGNATURE_LIMIT} of ${count} entries were read`);
}
