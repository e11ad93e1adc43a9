import { printable } from '@nx-linuxkit/errors';
import type { LicensedPackage } from '@nx-linuxkit/sbom';
import type { SystemLicenses } from './system-licenses.js';

/** Says for a person which packages have which licence. Packages without a known one are named with their images. */
export function licenseLines({ system, platform, licenses, unknown }: SystemLicenses): string[] {
  const count = licenses.reduce((sum, { packages }) => sum + packages.length, unknown.length);
  const lines = [
    `${system} for ${platform}: packages: ${count}, licences: ${licenses.length}, packages without a known licence: ${unknown.length}`,
    ...licenses.flatMap(({ license, packages }) => [
      `${license} (${packages.length}):`,
      `  ${packages.map(named).join(', ')}`,
    ]),
    ...(unknown.length > 0 ? [`unknown (${unknown.length}):`] : []),
    ...unknown.map((one) => `  ${named(one)}, of ${one.images.join(', ')}`),
  ];
  return lines.map(printable);
}

function named({ name, version }: LicensedPackage): string {
  return version === undefined ? name : `${name} ${version}`;
}
