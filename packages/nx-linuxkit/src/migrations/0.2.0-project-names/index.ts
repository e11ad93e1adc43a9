import { basename, dirname } from 'node:path/posix';
import { logger, readJson, updateJson, visitNotIgnoredFiles, type Tree } from '@nx/devkit';

const OS_FILE = /(?:^|[/.])linuxkit\.ya?ml$/;

/**
 * Follows the names of systems in folders that begin with `!`. 0.1 called such a project `!name`, which Nx reads as an
 * exclusion in lists of projects; now it is `_name`. Commands in the scripts of package.json files get the new name. A
 * folder whose project.json or package.json has a name keeps it.
 */
export default function followProjectNames(tree: Tree): void {
  const names = renamedProjects(tree);
  if (names.length === 0) return;
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (basename(path) === 'package.json') renameInScripts(tree, path, names);
  });
  const pairs = names.map((name) => `${name} is ${newName(name)}`).join(', ');
  logger.info(
    `Projects of folders that begin with ! have new names: ${pairs}. Follow them where CI names them.`,
  );
}

/** The names of 0.1 that this version does not give, each once, sorted. */
function renamedProjects(tree: Tree): string[] {
  const names = new Set<string>();
  visitNotIgnoredFiles(tree, '.', (path) => {
    const folder = dirname(path);
    if (OS_FILE.test(path) && basename(folder).startsWith('!') && !hasOwnName(tree, folder))
      names.add(basename(folder));
  });
  return [...names].sort();
}

function newName(name: string): string {
  return name.replace(/^!/, '_');
}

function hasOwnName(tree: Tree, folder: string): boolean {
  return ['project.json', 'package.json'].some((file) => {
    const { name, nx } = jsonAt(tree, `${folder}/${file}`);
    return (nx?.name ?? name) !== undefined;
  });
}

interface Manifest {
  readonly name?: string;
  readonly nx?: { readonly name?: string };
  readonly scripts?: Readonly<Record<string, string>>;
}

/** A JSON file; empty where there is none that can be read, which Nx itself reports. */
function jsonAt(tree: Tree, path: string): Manifest {
  try {
    return tree.exists(path) ? readJson<Manifest>(tree, path) : {};
  } catch {
    return {};
  }
}

/** Changes `nx <target> !name` and `nx run !name:<target>`. In a list of projects `!name` excludes, and stays. */
function renameInScripts(tree: Tree, path: string, names: readonly string[]): void {
  const { scripts = {} } = jsonAt(tree, path);
  const changed = Object.fromEntries(
    Object.entries(scripts).map(([key, script]) => [
      key,
      names.reduce((text, name) => text.replace(commandOf(name), `$1${newName(name)}`), String(script)),
    ]),
  );
  if (JSON.stringify(changed) === JSON.stringify(scripts)) return;
  updateJson<Manifest>(tree, path, (manifest) => ({ ...manifest, scripts: changed }));
}

/** `nx build "!name"`, with the name alone, a suffix (`!name-arm64`) or a target (`!name:tar`) behind it. */
function commandOf(name: string): RegExp {
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(\\bnx\\s+[\\w+.:-]+\\s+["']?)${literal}(?=$|["'\\s:/-])`, 'g');
}
