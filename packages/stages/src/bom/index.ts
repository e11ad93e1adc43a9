import { posix } from 'node:path';
import { outputPathIn, type Environment, type Log } from '../environment.js';
import { systemInventory } from '../inventory/system-inventory.js';
import type { OsIdentity } from '../plan/identify.js';
import { readPlan } from '../plan/read-plan.js';
import { replaceFolder } from '../replace-folder.js';
import { readVex } from '../vex/read-vex.js';
import { vexFile } from '../vex/vex-file.js';
import { bomDocuments, bomLine } from './documents.js';
import { BOM_FOLDER } from './folder.js';
import { provenanceOf } from './provenance.js';
import { writeDocuments } from './write-documents.js';

/** What a person says about the documents. */
export interface BomOptions {
  /** A VEX document, relative to `cwd`; default: `my-os.vex.json` beside the YAML. */
  readonly vex?: string;
  /** A URI for the party that runs builds. */
  readonly builderId?: string;
  /** Absolute path. */
  readonly cwd: string;
}

/**
 * Writes the documents about a system into a folder beside those of its formats: SPDX 2.3, CycloneDX 1.6, SLSA provenance of the
 * formats, and the VEX document if there is one. The same inputs always give the same bytes. Every reference must be locked. Gives a
 * line that says what was written. Throws the Fault of whatever failed, and leaves the old documents then.
 */
export async function writeSystemBom(
  environment: Environment,
  os: OsIdentity,
  { vex: named, builderId, cwd }: BomOptions,
  log: Log,
): Promise<string> {
  const { workspaceRoot, settings } = environment;
  const vex = readVex(vexFile(named, cwd, { ...os, root: workspaceRoot }));
  const plan = readPlan(workspaceRoot, os, settings).plan(os);
  const system = await systemInventory(environment, os, log);
  const provenance = await provenanceOf(environment, { system, plan, os, builderId }, log);
  const documents = bomDocuments({ system, vex, provenance });
  const folder = posix.join(plan.dist, BOM_FOLDER);
  await replaceFolder(outputPathIn(environment, folder), (temporary) => writeDocuments(temporary, documents));
  return bomLine(
    system,
    documents.map(({ file }) => posix.join(folder, file)),
  );
}
