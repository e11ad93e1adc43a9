import { printable } from '@nx-linuxkit/errors';
import { StageError } from '../error.js';
import { isSilenced, type SystemScan } from './finding.js';
import { SEVERITIES, type Severity } from './severity.js';

/** Names of findings in a message; the list above it has all. */
const SHOWN = 10;

/** Reads the least severity that fails. Throws StageError `bad-option`. */
export function readSeverity(text: string): Severity {
  const known = SEVERITIES.find((one) => one === text);
  if (known !== undefined) return known;
  throw new StageError(
    'bad-option',
    `the option fail-on is ${JSON.stringify(text)}, expected one of ${SEVERITIES.join(', ')}`,
    { hint: 'Write a severity, such as `--fail-on=high`; `unknown` fails for every vulnerability.' },
  );
}

/** Throws StageError `vulnerable` for a system with a vulnerability of this severity or a higher one that no statement silences. */
export function checkScan({ system, findings }: SystemScan, least: Severity): void {
  const isBad = (severity: Severity) => SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
  const bad = findings.filter((finding) => isBad(finding.severity) && !isSilenced(finding));
  if (bad.length === 0) return;
  const names = bad
    .slice(0, SHOWN)
    .map(({ id, package: { name, version } }) => printable(`${id} in ${name} ${version}`));
  const more = bad.length > SHOWN ? ` and ${bad.length - SHOWN} more` : '';
  throw new StageError(
    'vulnerable',
    `${system} has vulnerabilities of severity ${least} or higher: ${names.join(', ')}${more}`,
    { hint: 'Update the packages, or say in a VEX document why they do not matter.' },
  );
}
