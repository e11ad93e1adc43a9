import type { Environment, Log } from '../environment.js';
import { bomDocuments, bomLine } from '../bom/documents.js';
import { writeDocuments } from '../bom/write-documents.js';
import { licensesIn, type SystemLicenses } from '../licenses/index.js';
import { inventoryOf, type SystemInventory } from '../inventory/system-inventory.js';
import { addToFolder } from '../replace-folder.js';
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
export async function standaloneInventory(
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
  request: StandaloneSystem & { readonly folder: string },
  log: Log,
): Promise<string> {
  const system = await standaloneInventory(environment, request, log);
  const documents = bomDocuments(system);
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
