import type { Environment, Log } from '../environment.js';
import { systemInventory } from '../inventory/system-inventory.js';
import type { OsIdentity } from '../plan/identify.js';
import { licensesIn, type SystemLicenses } from './system-licenses.js';

export { licenseLines } from './lines.js';
export { checkLicenses, readPolicy } from './policy.js';
export { licensesIn, type SystemLicenses } from './system-licenses.js';

/** Says which licences the packages of a system have. Every reference must be locked. Throws the Fault of whatever failed. */
export async function systemLicenses(
  environment: Environment,
  os: OsIdentity,
  log: Log,
): Promise<SystemLicenses> {
  return licensesIn(await systemInventory(environment, os, log));
}
