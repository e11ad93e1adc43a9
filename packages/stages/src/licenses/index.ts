import { inventory, licenseReport, type LicenseReport } from '@nx-linuxkit/sbom';
import type { Environment, Log } from '../environment.js';
import { systemInventory, type SystemInventory } from '../inventory/system-inventory.js';
import type { OsIdentity } from '../plan/identify.js';

export { checkLicenses, readPolicy } from './policy.js';
export { licenseLines } from './lines.js';

/** The packages of a system by licence. */
export interface SystemLicenses extends LicenseReport {
  readonly system: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
}

/** Says which licences the packages of a system have. Every reference must be locked. Throws the Fault of whatever failed. */
export async function systemLicenses(
  environment: Environment,
  os: OsIdentity,
  log: Log,
): Promise<SystemLicenses> {
  return licensesIn(await systemInventory(environment, os, log));
}

/** The packages of a system that was looked into, by licence. */
export function licensesIn({ plan: { name, platform }, facts }: SystemInventory): SystemLicenses {
  return { system: name, platform, ...licenseReport(inventory(facts)) };
}
