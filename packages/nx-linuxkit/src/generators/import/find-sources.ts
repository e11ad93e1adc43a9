import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { isAbsolute, join, posix, resolve } from 'node:path';
import { visitNotIgnoredFiles, type Tree } from '@nx/devkit';
import { insideWorkspace } from '@nx-linuxkit/stages/plan';

/** A YAML to import. */
export interface Source {
  readonly text: string;
  /** Its absolute path. */
  readonly path: string;
  /** Its path relative to the workspace; undefined for a file from outside. */
  readonly file?: string;
  /** Its path relative to the folder that is imported, for a name. */
  readonly within: string;
}

const YAML = /\.ya?ml$/;
/** Folders that hold no sources of a user. */
const SKIPPED = ['node_modules', '.git', '.nx', '.linuxkit'];

/** Finds the LinuxKit YAMLs at a path: a file itself, or all below a folder that git does not ignore, sorted. */
export function findSources(tree: Tree, path: string): Source[] {
  return filesAt(tree, path)
    .filter(({ within }) => YAML.test(within))
    .filter(({ text, isNamed }) => isNamed || isLinuxkit(text))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A document of LinuxKit has a kernel or init images, and names images of containers. */
export function isLinuxkit(text: string): boolean {
  const keys = [...text.matchAll(/^([a-z]+):/gm)].map(([, key]) => key);
  const has = (...names: string[]) => names.some((name) => keys.includes(name));
  const foreign = has('version', 'apiVersion', 'on', 'jobs', 'image', 'plugins');
  return !foreign && has('kernel', 'init') && has('init', 'onboot', 'services', 'files');
}

/** The files at a path with their texts: the path is a file, or a folder whose files are visited. */
export function filesAt(tree: Tree, path: string): (Source & { readonly isNamed: boolean })[] {
  const absolute = isAbsolute(path) ? path : resolve(tree.root, path);
  const inside = absolute === tree.root ? '.' : insideWorkspace(absolute, tree.root);
  return inside === undefined ? outside(absolute) : within(tree, inside);
}

function within(tree: Tree, path: string): (Source & { readonly isNamed: boolean })[] {
  const source = (file: string, isNamed: boolean) => ({
    text: tree.read(file, 'utf8') ?? '',
    path: join(tree.root, file),
    file,
    within: isNamed ? posix.basename(file) : posix.relative(path, file),
    isNamed,
  });
  if (tree.isFile(path)) return [source(path, true)];
  const files: string[] = [];
  visitNotIgnoredFiles(tree, path, (file) => void files.push(file.split('\\').join('/')));
  return files.filter((file) => YAML.test(file)).map((file) => source(file, false));
}

function outside(path: string): (Source & { readonly isNamed: boolean })[] {
  if (!existsSync(path)) return [];
  const source = (file: string, name: string, isNamed: boolean) => ({
    text: readFileSync(file, 'utf8'),
    path: file,
    within: name,
    isNamed,
  });
  if (statSync(path).isFile()) return [source(path, posix.basename(path), true)];
  const below = (folder: string): string[] =>
    readdirSync(join(path, folder), { withFileTypes: true }).flatMap((entry) => {
      const name = posix.join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.includes(entry.name) ? [] : below(name);
      return entry.isFile() && YAML.test(name) ? [name] : [];
    });
  return below('').map((name) => source(join(path, name), name, false));
}
