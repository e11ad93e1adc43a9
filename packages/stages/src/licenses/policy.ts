import { nearest } from '@nx-linuxkit/errors';
import { isLicenseName, refusedLicenses, spdxLicenses, type LicensePolicy } from '@nx-linuxkit/sbom';
import { StageError } from '../error.js';
import type { SystemLicenses } from './system-licenses.js';

/** Names of packages in a message; the list above it has all. */
const SHOWN = 10;

/** Names of one family in a message, such as those of BSD. */
const FAMILY = 6;

/** Checks the names of a policy. Throws StageError `bad-option` for one that is no licence of SPDX. */
export function readPolicy({ allow, deny }: LicensePolicy): LicensePolicy {
  for (const [option, names] of Object.entries({ allow, deny }))
    for (const name of names ?? []) if (!isLicenseName(name)) throw unknownName(option, name);
  return { ...(allow && { allow }), ...(deny && { deny }) };
}

function unknownName(option: string, name: string): StageError {
  const family = spdxLicenses.filter((known) => known.toLowerCase().startsWith(`${name.toLowerCase()}-`));
  const known = family.length > 0 ? family.slice(0, FAMILY).join(', ') : nearest(name, spdxLicenses);
  return new StageError(
    'bad-option',
    `${option}: ${JSON.stringify(name)} is no licence of SPDX${known === undefined ? '' : `, did you mean ${known}?`}`,
    { hint: 'Write identifiers of https://spdx.org/licenses/, LicenseRef- names, or `unknown`.' },
  );
}

/** Throws StageError `refused-license` for a system with packages whose licences the policy refuses. */
export function checkLicenses(licenses: SystemLicenses, policy: LicensePolicy): void {
  const refused = refusedLicenses(licenses, policy);
  if (refused.length === 0) return;
  const packages = refused.flatMap(({ license, packages: of }) =>
    of.map(({ name, version }) => `${[name, version].filter(Boolean).join(' ')} (${license})`),
  );
  const more = packages.length > SHOWN ? ` and ${packages.length - SHOWN} more` : '';
  throw new StageError(
    'refused-license',
    `${licenses.system} has packages whose licences are refused: ${packages.slice(0, SHOWN).join(', ')}${more}`,
    { hint: 'Leave the packages out, or change the options `allow` and `deny`.' },
  );
}
