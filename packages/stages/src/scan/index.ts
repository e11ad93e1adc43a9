import type { Environment, Log } from '../environment.js';
import { systemInventory } from '../inventory/system-inventory.js';
import type { OsIdentity } from '../plan/identify.js';
import { readVex } from '../vex/read-vex.js';
import { vexFile } from '../vex/vex-file.js';
import type { SystemScan } from './finding.js';
import { givenFeed, type GivenFeed } from './given-feed.js';
import { scanInventory } from './scan-system.js';

export type { Finding, SystemScan } from './finding.js';
export { scanLines } from './lines.js';
export { checkScan, readSeverity } from './check-scan.js';

/**
 * Looks for the packages of a system in a feed. Every reference must be locked. Throws the Fault of whatever failed; a feed or a VEX
 * document that is missing is an error before anything is made.
 */
export async function scanSystem(
  environment: Environment,
  os: OsIdentity,
  given: GivenFeed,
  log: Log,
): Promise<SystemScan> {
  const feed = givenFeed(given);
  const vex = readVex(vexFile(given.vex, given.cwd, { ...os, root: environment.workspaceRoot }));
  const system = await systemInventory(environment, os, log);
  return scanInventory(system, { ...feed, statements: vex?.statements ?? [] });
}
