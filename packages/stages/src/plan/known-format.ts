import { findFormat, formatNames, type Format } from '@nx-linuxkit/formats';
import { nearest } from '@nx-linuxkit/errors';
import { StageError } from '../error.js';

/** The format of a name. Throws StageError `unknown-format`, with the nearest name. */
export function knownFormat(name: string): Format {
  const format = findFormat(name);
  if (format) return format;
  const meant = nearest(name, formatNames);
  throw new StageError(
    'unknown-format',
    `there is no format ${name}${meant === undefined ? '' : `, did you mean ${meant}?`}`,
    { hint: `Formats are ${formatNames.join(', ')}.` },
  );
}
