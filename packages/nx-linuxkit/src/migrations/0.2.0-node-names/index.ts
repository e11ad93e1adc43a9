import { posix } from 'node:path';
import { logger, visitNotIgnoredFiles, type Tree } from '@nx/devkit';
import { renameNodes, type Workspace } from './rename-nodes.js';

/** Files of Nx, in which a name of a node is nothing else. */
const CONFIGURATION = ['nx.json', 'project.json', 'package.json'];
/** Files that may run Nx: people change these by hand. */
const SCRIPTS = /(\.(ya?ml|sh|ps1|[cm]?[jt]s|md)|(^|\/)(Makefile|Jenkinsfile|Dockerfile|run))$/;

/**
 * Gives the nodes and tags of 0.1 their new names in nx.json, project.json and package.json, and lists the places of
 * other files that still have an old name.
 */
export default function renameNodesOf(tree: Tree): void {
  const workspace = readWorkspace(tree);
  const left: string[] = [];
  visitNotIgnoredFiles(tree, '.', (path) => {
    const isConfiguration = CONFIGURATION.includes(posix.basename(path));
    if (!isConfiguration && !SCRIPTS.test(path)) return;
    const text = tree.read(path, 'utf8') ?? '';
    const renamed = renameNodes(text, workspace);
    if (renamed === text) return;
    if (isConfiguration) tree.write(path, renamed);
    else left.push(...changedLines(path, text, renamed));
  });
  if (left.length === 0) return;
  logger.warn(`Nodes of nx-linuxkit have new names. Change these by hand:\n${left.join('\n')}`);
}

/** What the names depend on: the folders of systems, and those of packages. */
function readWorkspace(tree: Tree): Workspace {
  const systems = new Set<string>();
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (!/(^|\/|\.)linuxkit\.ya?ml$/.test(path)) return;
    const folder = posix.dirname(path);
    systems.add(folder === '.' ? 'os' : posix.basename(folder)).add(folder.split('/').join('-'));
    for (const file of ['project.json', 'package.json']) systems.add(nameIn(tree, posix.join(folder, file)));
  });
  systems.delete('');
  return { systems, isPackage: (folder) => tree.exists(posix.join(folder, 'build.yml')) };
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
