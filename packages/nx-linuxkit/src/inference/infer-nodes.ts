import { posix } from 'node:path';
import type { CreateNodesContextV2, CreateNodesResult, ProjectConfiguration } from '@nx/devkit';
import { loaderImages, PLAIN_DOCKERFILE, targetName, type OsFile } from '@nx-linuxkit/stages/plan';
import type { PluginOptions } from '../options.js';
import { imageProject, withBases } from './image-nodes.js';
import { includedFiles } from './included-files.js';
import { inferPackage, inferPlainDockerfiles } from './infer-package.js';
import { overlookedYamls } from './overlooked.js';
import { leaveOwnTargets } from './own-targets.js';
import { newPass, type Pass } from './pass.js';
import { ProjectFolders } from './project-folders.js';
import { segmentProject } from './segment-nodes.js';
import { linkedOutputs } from './watch/documents.js';
import { Warnings, withWarnings } from './warnings.js';
import { osFilesOf, packageFiles } from './workspace-files.js';

/**
 * Infers the nodes of every OS file of a workspace. Reads files only: no network, no child process, no clock. A file
 * that cannot be read, and a wrong option, give targets that fail with the reason, unless the option `strict` is set, with
 * which this throws.
 */
export async function inferNodes(
  files: readonly string[],
  options: PluginOptions,
  context: CreateNodesContextV2,
): Promise<[string, CreateNodesResult][]> {
  const { workspaceRoot } = context;
  const warnings = new Warnings();
  for (const text of linkedOutputs(workspaceRoot)) warnings.add(text);
  const included = await includedFiles(options, workspaceRoot);
  const osFiles = osFilesOf([...new Set([...files, ...included.files])], included, warnings);
  const pass = newPass(osFiles, included, warnings, options, context);
  const results = await inferSystems(osFiles, options, pass);
  const roots = new Set(results.flatMap(([, { projects = {} }]) => Object.keys(projects)));
  const folders = new ProjectFolders(workspaceRoot, roots);
  for (const file of packageFiles(files)) {
    const project = inferPackage(file, options, folders, pass);
    if (project && !roots.has(project.root)) results.push([file, { projects: byRoot([project]) }]);
  }
  for (const project of inferPlainDockerfiles(options, folders, pass)) {
    results.push([posix.join(project.root, PLAIN_DOCKERFILE), { projects: byRoot([project]) }]);
  }
  const shared = sharedProjects(pass, options);
  if (shared.length > 0) results.push([results[0][0], { projects: byRoot(shared) }]);
  for (const line of overlookedYamls(workspaceRoot, osFiles, pass.documents, included.refuses, pass.watch))
    warnings.add(line);
  await warnings.print(workspaceRoot);
  // Without a daemon the lines that are printed here are seen.
  const told = process.env.NX_DAEMON_PROCESS
    ? results.map((result) => withWarnings(result, warnings, targetName('build', pass.naming)))
    : results;
  return options.trustedCache === false ? told.map(withoutCache) : told;
}

async function inferSystems(
  osFiles: readonly OsFile[],
  options: PluginOptions,
  pass: Pass,
): Promise<[string, CreateNodesResult][]> {
  if (osFiles.length === 0) return [];
  // Loaded here, because a workspace may have packages alone.
  const { inferFile } = await import('./infer-os.js');
  return osFiles.map((file) => {
    const projects = inferFile(file, options, pass).map((project) =>
      leaveOwnTargets(project, file.folder, pass),
    );
    return [file.file, { projects: byRoot(projects) }];
  });
}

/**
 * Takes all tasks out of Nx's cache, also those whose outputs a stage would check: an output that must be made again to be
 * believed is not worth restoring.
 */
function withoutCache([file, { projects = {} }]: [string, CreateNodesResult]): [string, CreateNodesResult] {
  const uncached = Object.entries(projects).map(([root, { targets = {}, ...project }]) => {
    const own = Object.entries(targets).map(([name, target]) => [name, { ...target, cache: false }]);
    return [root, { ...project, targets: Object.fromEntries(own) }];
  });
  return [file, { projects: Object.fromEntries(uncached) }];
}

/** Images and their segments. Each is one node however many systems use it; Nx gets all with the first OS file. */
function sharedProjects(
  { plans, images: ofPackages, packageWatch, nxJsonConfiguration: nxJson }: Pass,
  options: PluginOptions,
): ProjectConfiguration[] {
  const ofSystems = plans.flatMap((plan) => [...plan.images, ...loaderImages(plan)]);
  const images = [...ofSystems, ...ofPackages].flatMap(withBases);
  const segments = plans.flatMap((plan) => plan.segments);
  return [
    ...byId(images).map((image) => imageProject(image, packageWatch, nxJson, options)),
    ...byId(segments).map((segment) => segmentProject(segment, packageWatch, nxJson, options)),
  ];
}

function byId<T extends { readonly id: string }>(nodes: readonly T[]): T[] {
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

function byRoot(projects: readonly ProjectConfiguration[]): Record<string, ProjectConfiguration> {
  return Object.fromEntries(projects.map((project) => [project.root, project]));
}
