import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { CreateNodes, CreateNodesContextV2, CreateNodesResult, ProjectConfiguration } from '@nx/devkit';
import {
  PackageFinder,
  identify,
  loaderImages,
  nameFolders,
  parseOsFile,
  readPlan,
  type OsFile,
  type OsPlan,
} from '@nx-linuxkit/stages/plan';
import type { PluginOptions } from '../options.js';
import { bootProjects } from './boot-node.js';
import { containerProject } from './container-nodes.js';
import { invalidProject, unlockedProject } from './degraded-nodes.js';
import { imageProject } from './image-nodes.js';
import { initramfsProject } from './initramfs-node.js';
import { ociConfigProject } from './oci-config-node.js';
import { osProject } from './os-node.js';
import { sourceInputs } from './source-inputs.js';
import { verifyProject } from './verify-node.js';

/** Locks and packages are in the glob so that Nx infers again when one changes. */
const GLOB = '**/{linuxkit,*.linuxkit,build}.{yml,yaml,lock.json}';

/** What one pass over a workspace knows. */
interface Pass extends CreateNodesContextV2 {
  readonly packages: PackageFinder;
  /** Filled by the systems, for the images that they share. */
  readonly plans: OsPlan[];
}

/** Every OS of the workspace to its nodes. Reads files; no network, no child process, no clock. */
export const createNodes: CreateNodes<PluginOptions> = [
  GLOB,
  (files, options, context) => inferNodes(files, options ?? {}, context),
];

async function inferNodes(
  files: readonly string[],
  options: PluginOptions,
  context: CreateNodesContextV2,
): Promise<[string, CreateNodesResult][]> {
  const osFiles = files.map(parseOsFile).filter((file): file is OsFile => file !== undefined);
  const names = await nameOsFolders(osFiles, context.workspaceRoot);
  const pass: Pass = { ...context, packages: new PackageFinder(context.workspaceRoot), plans: [] };
  const results = osFiles
    .sort((a, b) => (a.file < b.file ? -1 : 1))
    .map((file): [string, CreateNodesResult] => {
      const projects = inferOs(file, names.get(file.folder) as string, options, pass);
      return [file.file, { projects: byRoot(projects) }];
    });
  // An image is one node however many systems use it; the first file in order brings it.
  const used = pass.plans.flatMap((plan) => [...plan.images, ...loaderImages(plan)]);
  const images = new Map(used.map((image) => [image.id, image]));
  if (results.length > 0 && images.size > 0) {
    const projects = [...images.values()].map((image) => imageProject(image, context.nxJsonConfiguration));
    results.push([results[0][0], { projects: byRoot(projects) }]);
  }
  return results;
}

/** One file: an OS for each of its platforms, or one that says why it cannot be built. */
function inferOs(
  file: OsFile,
  folderName: string,
  options: PluginOptions,
  { workspaceRoot, nxJsonConfiguration: nxJson, packages, plans }: Pass,
): ProjectConfiguration[] {
  try {
    const inputs = readPlan(workspaceRoot, file.file, options, [], packages);
    const [first] = inputs.os.platforms;
    return inputs.os.platforms.flatMap((platform) => {
      const identity = identify(file, folderName, platform, first);
      const sources = sourceInputs(inputs.os, file, workspaceRoot);
      if (inputs.unlocked(platform).length > 0) return [unlockedProject(identity, inputs.outputs, sources)];
      const plan = inputs.plan(identity);
      plans.push(plan);
      return [
        osProject(plan, sources),
        initramfsProject(plan, sources, nxJson),
        ociConfigProject(plan, nxJson),
        verifyProject(plan, nxJson),
        ...plan.containers.map((container) => containerProject(container, nxJson)),
        ...bootProjects(plan, sources, nxJson),
      ];
    });
  } catch (error) {
    if (options.strict) throw error;
    return [invalidProject(identify(file, folderName), error)];
  }
}

async function nameOsFolders(files: readonly OsFile[], workspaceRoot: string): Promise<Map<string, string>> {
  const { names, renamed } = nameFolders(
    files.map(({ folder }) => folder),
    (folder) => projectName(join(workspaceRoot, folder)),
  );
  // Loaded here: the devkit takes longer to load than all that inference does.
  const { logger } = renamed.length > 0 ? await import('@nx/devkit') : { logger: undefined };
  for (const { folder, wanted, name } of renamed) {
    logger?.warn(`${folder}: another folder is called ${wanted}, so its project is ${name}`);
  }
  return names;
}

/** The name that a folder has as a project already, which Nx would give it too. */
function projectName(folder: string): string | undefined {
  for (const file of ['project.json', 'package.json']) {
    try {
      const { name, nx } = JSON.parse(readFileSync(posix.join(folder, file), 'utf8'));
      if (nx?.name ?? name) return nx?.name ?? name;
    } catch {
      // No such file, or one that Nx itself reports.
    }
  }
  return undefined;
}

function byRoot(projects: readonly ProjectConfiguration[]): Record<string, ProjectConfiguration> {
  return Object.fromEntries(projects.map((project) => [project.root, project]));
}
