import type { InspectedPackage } from '@nx-linuxkit/inspect';
import { inventory, licenseReport, type FoundPackage, type LicenseReport } from '@nx-linuxkit/sbom';
import type { OciImage } from '../layers/oci-image.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { PackageSize, SystemSize } from '../size/system-size.js';

/** The licences of the packages that files in the images of a system name. Both mappings are by nodes of images. */
export function foundLicenses(
  { segments }: Pick<OsPlan, 'segments'>,
  images: ReadonlyMap<string, OciImage>,
  found: ReadonlyMap<string, readonly FoundPackage[]>,
): LicenseReport {
  return licenseReport(
    inventory({
      images: segments.map(({ reference, image: { id, platform }, plan: { at } }) => ({
        ...{ name: reference, platform, place: at, attested: [], found: found.get(id) },
        digest: (images.get(id) as OciImage).digest,
      })),
    }),
  );
}

/**
 * The packages of a page, by name and version: those that have sizes, and those that files in images name, such as lock files and
 * programs of Go.
 */
export function inspectedPackages(
  { packages }: Pick<SystemSize, 'packages'>,
  { licenses, unknown }: LicenseReport,
): InspectedPackage[] {
  const joined = new Map(packages.map((one) => [keyOf(one), ofSize(one)]));
  const groups = [...licenses, { license: undefined, packages: unknown }];
  for (const { license, packages: named } of groups) {
    for (const { type = '', name, version = '', images } of named) {
      const key = keyOf({ type, name, version });
      const known = joined.get(key) ?? { name, version, type, images: [], size: 0 };
      joined.set(key, {
        ...known,
        images: [...new Set([...known.images, ...images])].sort(),
        ...(license !== undefined && { license: [known.license, license].filter(Boolean).join('; ') }),
      });
    }
  }
  return [...joined.values()].sort(
    (a, b) => compare(a.name, b.name) || compare(a.version, b.version) || compare(a.type, b.type),
  );
}

function ofSize({ name, version, type, images, unpacked: size }: PackageSize): InspectedPackage {
  return { name, version, type, images, size };
}

function keyOf({ type, name, version }: Pick<InspectedPackage, 'type' | 'name' | 'version'>): string {
  return JSON.stringify([type, name, version]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
