import deprecated from 'spdx-license-ids/deprecated.json';
import current from 'spdx-license-ids/index.json';
import { parsed } from './expression.js';
import { UNKNOWN } from './report.js';

/** Every identifier of SPDX's list of licences: https://spdx.org/licenses/ */
export const spdxLicenses: readonly string[] = [...current, ...deprecated];

/** Whether a name may stand in a list of licences that a system may or must not have. */
export function isLicenseName(name: string): boolean {
  const expression = parsed(name);
  return name === UNKNOWN || (expression !== undefined && 'license' in expression);
}
