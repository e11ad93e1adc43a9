import { inventory, licenseReport, type LicenseReport } from '@nx-linuxkit/sbom';
import type { SystemInventory } from '../inventory/system-inventory.js';

/** The packages of a system by licence. */
export interface SystemLicenses extends LicenseReport {
  readonly system: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
}

/** The packages of a system that was looked into, by licence. */
export function licensesIn({ plan: { name, platform }, facts }: SystemInventory): SystemLicenses {
  return { system: name, platform, ...licenseReport(inventory(facts)) };
}
