import type { Component, ImageInventory } from '../inventory/component.js';
import { canBeKept, parsed } from './expression.js';
import { statedLicense } from './stated-license.js';

/** A package, and the images that have it. */
export interface LicensedPackage {
  /** The type of its package URL, such as `deb`. */
  readonly type?: string;
  readonly name: string;
  readonly version?: string;
  /** Sorted. */
  readonly images: readonly string[];
}

/** The packages of one licence. */
export interface LicenseGroup {
  /** An SPDX expression, or the words of the packages. */
  readonly license: string;
  readonly isExpression: boolean;
  /** Sorted by name and version. */
  readonly packages: readonly LicensedPackage[];
}

/** The packages of a system by licence. */
export interface LicenseReport {
  /** Sorted by licence. */
  readonly licenses: readonly LicenseGroup[];
  /** Packages about whose licence nothing is known. */
  readonly unknown: readonly LicensedPackage[];
}

/** Which licences a system may have. Names are identifiers of SPDX, `LicenseRef-` names, or `unknown`. */
export interface LicensePolicy {
  /** Absent for all. */
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
}

/** The name that stands in a policy for packages without a known licence. */
export const UNKNOWN = 'unknown';

/** Groups the packages of a system by what they state as their licence. */
export function licenseReport(images: readonly ImageInventory[]): LicenseReport {
  const groups = new Map<string, { isExpression: boolean; packages: Map<string, LicensedPackage> }>();
  for (const { image, components } of images) {
    for (const component of components) {
      const { expression, words } = statedLicense(component.licenses);
      const license = expression ?? words ?? '';
      const group = groups.get(license) ?? { isExpression: expression !== undefined, packages: new Map() };
      groups.set(license, group);
      addTo(group.packages, component, image.name);
    }
  }
  const sorted = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  const packagesIn = (packages: ReadonlyMap<string, LicensedPackage>) =>
    [...packages].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  return {
    licenses: sorted
      .filter(([license]) => license !== '')
      .map(([license, { isExpression, packages }]) => ({
        license,
        isExpression,
        packages: packagesIn(packages),
      })),
    unknown: packagesIn(groups.get('')?.packages ?? new Map()),
  };
}

function addTo(packages: Map<string, LicensedPackage>, component: Component, image: string): void {
  const { type, name, version } = component;
  const key = `${name} ${version ?? ''} ${type ?? ''}`;
  const images = [...new Set([...(packages.get(key)?.images ?? []), image])].sort();
  packages.set(key, { ...(type && { type }), name, ...(version !== undefined && { version }), images });
}

/**
 * The groups that a policy refuses: those that no choice among their alternatives keeps with allowed licences alone. Words that
 * are no expression count as unknown.
 */
export function refusedLicenses(report: LicenseReport, { allow, deny = [] }: LicensePolicy): LicenseGroup[] {
  const isTaken = (license: string, exception?: string) => {
    const names = exception === undefined ? [license] : [license, `${license} WITH ${exception}`];
    const isAllowed = allow === undefined || names.some((name) => allow.includes(name));
    return isAllowed && !names.some((name) => deny.includes(name));
  };
  const refused = report.licenses.filter(({ license, isExpression }) => {
    const expression = isExpression ? parsed(license) : undefined;
    return !(expression ? canBeKept(expression, isTaken) : isTaken(UNKNOWN));
  });
  const { unknown: packages } = report;
  const isUnknownRefused = packages.length > 0 && !isTaken(UNKNOWN);
  return [...refused, ...(isUnknownRefused ? [{ license: UNKNOWN, isExpression: false, packages }] : [])];
}
