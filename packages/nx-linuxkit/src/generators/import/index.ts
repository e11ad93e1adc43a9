import { formatFiles, logger, readNxJson, updateNxJson, type Tree } from '@nx/devkit';
import { GeneratorError } from '../error.js';
import initGenerator from '../init/index.js';
import { findSources } from './find-sources.js';
import { findPackages } from './find-packages.js';
import { mapImages } from './map-images.js';
import { placeSystem } from './place-system.js';
import { ImportPlan } from './import-plan.js';

export interface ImportOptions {
  /** A YAML or a folder, relative to the workspace or absolute. */
  readonly path: string;
  /** Folder for systems from outside of the workspace. Default `systems`. */
  readonly directory?: string;
  /** Where images of `linuxkit/` come from. Default `base-set`. */
  readonly images?: 'base-set' | 'registry';
  /** Whether the changed files stay unformatted. Default false. */
  readonly skipFormat?: boolean;
}

/**
 * Takes LinuxKit YAMLs into a workspace, and says what it did and what is left to do. A file of the workspace stays where
 * it is and is named in the plugin option `include`; any other is copied with the files that it reads. Running it again
 * changes nothing. Throws GeneratorError `nothing-found` where there is no such YAML.
 */
export default async function importGenerator(
  tree: Tree,
  { path, directory = 'systems', images = 'base-set', skipFormat }: ImportOptions,
): Promise<void> {
  const sources = findSources(tree, path);
  if (sources.length === 0) throw nothingFound(path);
  await initGenerator(tree, { skipFormat: true });
  const nxJson = readNxJson(tree) ?? {};
  const plan = new ImportPlan(nxJson);
  const systems = sources.map((source) => placeSystem(source, directory, tree, plan));
  const packages = findPackages(tree, path);
  mapImages(systems, packages, images === 'base-set', tree.root, plan);
  updateNxJson(tree, plan.nxJson());
  if (!skipFormat) await formatFiles(tree);
  for (const line of plan.report()) logger.info(line);
}

function nothingFound(path: string): GeneratorError {
  return new GeneratorError('nothing-found', `no LinuxKit YAML at ${path}`, {
    hint: 'Name a YAML with the keys kernel, init, onboot or services, or a folder that holds one.',
  });
}
