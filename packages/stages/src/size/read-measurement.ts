import { readFileSync } from 'node:fs';
import { StageError } from '../error.js';
import type { SystemSize } from './system-size.js';

/**
 * Reads a measurement that was written as JSON. `named` is the file as a person has named it, and `hint` says how to write one.
 * Throws StageError `missing-file` and `bad-option`.
 */
export function readMeasurement(path: string, named: string, hint: string): SystemSize {
  const wrong = (code: 'missing-file' | 'bad-option', message: string, cause?: unknown) =>
    new StageError(code, message, { cause, hint });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong('missing-file', `cannot read ${named}`, cause);
  }
  try {
    const size = JSON.parse(text) as SystemSize;
    if (Array.isArray(size.images) && Array.isArray(size.files) && typeof size.packed === 'number')
      // Earlier versions wrote no packages.
      return Array.isArray(size.packages) ? size : { ...size, packages: [] };
  } catch {
    // The error below says what is wrong with it.
  }
  throw wrong('bad-option', `${named} is no measurement of a system: expected the JSON of an earlier run`);
}
