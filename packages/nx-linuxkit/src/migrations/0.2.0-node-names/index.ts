import { posix } from 'node:path';
import { logger, visitNotIgnoredFiles, type Tree } from '@nx/devkit';
import { formatTargetName } from '@nx-linuxkit/stages/plan';
import { renameNodes, type Workspace } from './rename-nodes.js';
import { renameTargets } from './rename-targets.js';

/** Files of Nx, in which a name of a node is nothing else. */
const CONFIGURATION = ['nx.json', 'project.json', 'package.json'];
/** Files that may run Nx: people change these by hand. */
const SCRIPTS = /(\.(ya?ml|sh|ps1|[cm]?[jt]s|md)|(^|\/)(Makefile|Jenkinsfile|Dockerfile|run))$/;

/**
 * Gives the nodes, tags and targets of 0.1 their new names in nx.json, project.json and package.json, and lists the
 * places of other files that still have an old name.
 */
export default function renameNodesOf(tree: Tree): void {
  const workspace = readWorkspace(tree);
  const left: string[] = [];
  visitNotIgnoredFiles(tree, '.', (path) => {
    const isConfiguration = CONFIGURATION.includes(posix.basename(path));
    if (!isConfiguration && !SCRIPTS.test(path)) return;
    const text = tree.read(path, 'utf8') ?? '';
    const renamed = renameTargets(renameNodes(text, workspace), workspace);
    if (renamed === text) return;
    if (isConfiguration) tree.write(path, renamed);
    else left.push(...changedLines(path, text, renamed));
  });
  for (const folder of workspace.folders) renameFormat(tree, posix.join(folder, 'project.json'));
  if (left.length === 0) return;
  logger.warn(`Nodes of nx-linuxkit have new names. Change these by hand:\n${left.join('\n')}`);
}

/** What the names depend on: the folders of systems, and those of packages. */
function readWorkspace(tree: Tree): Workspace & { readonly folders: ReadonlySet<string> } {
  const folders = new Set<string>();
  const systems = new Set<string>();
  const packages = new Set<string>();
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (posix.basename(path) === 'build.yml') packages.add(posix.dirname(path));
    if (!/(^|\/|\.)linuxkit\.ya?ml$/.test(path)) return;
    const folder = posix.dirname(path);
    folders.add(folder);
    systems.add(folder === '.' ? 'os' : posix.basename(folder)).add(folder.split('/').join('-'));
    for (const file of ['project.json', 'package.json']) systems.add(nameIn(tree, posix.join(folder, file)));
  });
  systems.delete('');
  return { systems, folders, packages };
}

/** The options that a system's project.json gives the target of the format `docker` go to its new name. */
function renameFormat(tree: Tree, path: string): void {
  if (!tree.exists(path)) return;
  const text = tree.read(path, 'utf8') as string;
  let project: { targets?: Record<string, { executor?: string; command?: string; dependsOn?: unknown[] }> };
  try {
    project = JSON.parse(text);
  } catch {
    return;
  }
  const name = formatTargetName('docker', {});
  const { docker, ...targets } = project.targets ?? {};
  // A target with an executor or a command is the project's own.
  const isOurs = docker !== undefined && docker.executor === undefined && docker.command === undefined;
  const entries = Object.entries(targets).map(([key, target]) => [
    key,
    target.dependsOn?.includes('docker') && (isOurs || docker === undefined)
      ? { ...target, dependsOn: target.dependsOn.map((one) => (one === 'docker' ? name : one)) }
      : target,
  ]);
  const renamed = { ...Object.fromEntries(entries), ...(docker && { [isOurs ? name : 'docker']: docker }) };
  if (JSON.stringify(renamed) === JSON.stringify(project.targets ?? {})) return;
  tree.write(path, `${JSON.stringify({ ...project, targets: renamed }, null, 2)}\n`);
}

/** The project name in a file; empty without one. */
function nameIn(tree: Tree, path: string): string {
  try {
    const { name, nx } = JSON.parse(tree.read(path, 'utf8') ?? '{}') as {
      name?: string;
      nx?: { name?: string };
    };
    return nx?.name ?? name ?? '';
  } catch {
    return '';
  }
}

function changedLines(path: string, text: string, renamed: string): string[] {
  const after = renamed.split('\n');
  return text
    .split('\n')
    .flatMap((line, i) => (line === after[i] ? [] : [`${path}:${i + 1}: ${after[i].trim()}`]));
}
