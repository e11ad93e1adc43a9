import { bomDocuments, bomLine } from '../bom/documents.js';
import { writeDocuments } from '../bom/write-documents.js';
import type { Environment, Log } from '../environment.js';
import { inventoryOf, type SystemInventory } from '../inventory/system-inventory.js';
import { licensesIn, type SystemLicenses } from '../licenses/index.js';
import { addToFolder } from '../replace-folder.js';
import type { SystemScan } from '../scan/finding.js';
import { givenFeed, type GivenFeed } from '../scan/given-feed.js';
import { scanInventory } from '../scan/scan-system.js';
import { readVex, type Vex } from '../vex/read-vex.js';
import { vexFile } from '../vex/vex-file.js';
import { planFiles, readFiles, type StandaloneFiles } from './build.js';
import { forSystem } from './environment.js';
import type { PinRequest } from './pin-references.js';

/** Which system to describe. */
export interface StandaloneSystem extends StandaloneFiles, Omit<PinRequest, 'settings'> {
  readonly name: string;
}

/**
 * Gathers what the system of YAML files is made of, without a workspace. The environment's settings ask for a bill of
 * materials. Throws the Fault of whatever failed.
 */
async function standaloneInventory(
  environment: Environment,
  request: StandaloneSystem,
  log: Log,
): Promise<SystemInventory> {
  const { files, name, platform, variant, set } = request;
  const system = forSystem(environment, [files, name, platform, variant, set]);
  const planned = { ...request, folder: system.workspaceRoot, formats: [] };
  const plan = await planFiles(system, readFiles(environment, request), planned, log);
  return inventoryOf(system, plan, log);
}

/** Writes the bills of materials of YAML files into a folder, and gives a line that says so. */
export async function writeStandaloneBom(
  environment: Environment,
  request: StandaloneSystem & { readonly folder: string; readonly vex?: string },
  log: Log,
): Promise<string> {
  const vex = vexOf(environment, request);
  const system = await standaloneInventory(environment, request, log);
  const documents = bomDocuments({ system, vex });
  await addToFolder(request.folder, `${request.name}-sbom`, (temporary) =>
    writeDocuments(temporary, documents),
  );
  return bomLine(
    system,
    documents.map(({ file }) => file),
  );
}

/** Says which licences the packages of YAML files have. */
export async function standaloneLicenses(
  environment: Environment,
  request: StandaloneSystem,
  log: Log,
): Promise<SystemLicenses> {
  return licensesIn(await standaloneInventory(environment, request, log));
}

/** Looks for the packages of YAML files in a feed. */
export async function scanStandalone(
  environment: Environment,
  request: StandaloneSystem & Omit<GivenFeed, 'cwd'>,
  log: Log,
): Promise<SystemScan> {
  const feed = givenFeed({ ...request, cwd: environment.workspaceRoot });
  const vex = vexOf(environment, request);
  const system = await standaloneInventory(environment, request, log);
  return scanInventory(system, { ...feed, statements: vex?.statements ?? [] });
}

/** A person names the document; nothing is looked for beside a YAML, which may be standard input. */
function vexOf(
  { workspaceRoot: root }: Environment,
  { vex: named, name }: StandaloneSystem & { readonly vex?: string },
): Vex | undefined {
  return named === undefined ? undefined : readVex(vexFile(named, root, { name, file: '', root }));
}
