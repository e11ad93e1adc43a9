import { posix } from 'node:path';
import { outputPathIn, type Environment, type Log } from '../environment.js';
import { systemInventory } from '../inventory/system-inventory.js';
import type { OsIdentity } from '../plan/identify.js';
import { replaceFolder } from '../replace-folder.js';
import { bomDocuments, bomLine } from './documents.js';
import { BOM_FOLDER } from './folder.js';
import { writeDocuments } from './write-documents.js';

/**
 * Writes the bills of materials of a system into a folder beside those of its formats: SPDX 2.3 and CycloneDX 1.6. The same
 * inputs always give the same bytes. Every reference must be locked. Gives a line that says what was written. Throws the Fault of
 * whatever failed, and leaves the old documents then.
 */
export async function writeSystemBom(environment: Environment, os: OsIdentity, log: Log): Promise<string> {
  const system = await systemInventory(environment, os, log);
  const documents = bomDocuments(system);
  const folder = posix.join(system.plan.dist, BOM_FOLDER);
  await replaceFolder(outputPathIn(environment, folder), (temporary) => writeDocuments(temporary, documents));
  return bomLine(
    system,
    documents.map(({ file }) => posix.join(folder, file)),
  );
}
