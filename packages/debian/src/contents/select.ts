import type { Inode, Tree } from '@nx-linuxkit/tree';
import { moduleName, readModule } from '../depmod/module.js';
import { readDynamicElf } from '../elf/elf.js';
import { DebianError } from '../errors.js';
import { matcher } from './glob.js';
import { findLibrary } from './library.js';
import type { Binaries } from './model.js';
import type { PackageSet } from './package-set.js';

/**
 * Selects the wanted files and the files that these need: targets of symlinks, the libraries and the dynamic loader
 * that ELF headers name, and the modules that kernel modules depend on. A file that a program opens by its name at run
 * time is not found this way and must be wanted itself. Throws `missing-file`.
 */
export async function selectFiles(
  set: PackageSet,
  wanted: readonly Binaries[],
): Promise<ReadonlySet<string>> {
  const selected = new Set<string>();
  const queue = wanted.flatMap((one) => matches(set, one));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (selected.has(path)) continue;
    selected.add(path);
    const inode = set.tree.get(path);
    if (inode) queue.push(...(await needs(set.tree, path, inode)));
  }
  return selected;
}

/**
 * Lists the files of a package that match. A glob that matches none of them is applied to the other packages, because a
 * metapackage has its files in those that it depends on. Throws `missing-file`.
 */
export function matches(set: PackageSet, { package: name, paths, optional }: Binaries): string[] {
  return paths.flatMap((glob) => {
    const match = matcher([glob]);
    const all = set.files.filter(({ path }) => match(path));
    const own = all.filter((file) => file.package === name);
    const found = own.length > 0 ? own : all;
    if (found.length === 0 && !optional) {
      throw new DebianError('missing-file', `neither ${name} nor what it depends on has ${glob}`, {
        hint: 'List the files with "dpkg -c" or "apt-file list", or mark the entry as optional.',
      });
    }
    return found.map(({ path }) => path);
  });
}

async function needs(tree: Tree, path: string, inode: Inode): Promise<string[]> {
  if (inode.type === 'symlink') {
    const target = tree.realpath(path);
    return tree.get(target) ? [target] : [];
  }
  if (inode.type !== 'file' || !inode.content) return [];
  if (moduleName(path)) return moduleNeeds(tree, path, inode);
  const elf = await readDynamicElf(inode.content);
  if (!elf) return [];
  // The libraries are searched one after the other: after the first failure the caller closes the files.
  const libraries: string[] = [];
  for (const soname of elf.needed) libraries.push(await findLibrary(tree, path, soname, elf));
  const interpreter = elf.interpreter?.replace(/^\//, '');
  return [...libraries, ...(interpreter ? [loaderPath(tree, interpreter, path)] : [])];
}

/** Returns the path of the dynamic loader. It may be a symlink, which `selectFiles` selects with its target. */
function loaderPath(tree: Tree, interpreter: string, needer: string): string {
  const path = tree.resolve(interpreter);
  if (tree.get(path)) return path;
  throw new DebianError(
    'missing-file',
    `${needer} needs the loader /${interpreter}, which no package of the selection holds`,
    { hint: 'Set mergedUsr: true if the suite has a merged /usr.' },
  );
}

async function moduleNeeds(tree: Tree, path: string, inode: Inode): Promise<string[]> {
  const { depends, softdeps } = await readModule(path, inode.content);
  const root = /^(.*lib\/modules\/[^/]+)\//.exec(path)?.[1];
  if (root === undefined) return [];
  const modules = modulesBelow(tree, root);
  // A softdep reads `pre: a post: b-c`. A module that is built into the kernel has no file.
  const soft = softdeps.flatMap((list) => list.split(/\s+/)).map((name) => name.replaceAll('-', '_'));
  return [...depends, ...soft].flatMap((name) => modules.get(name) ?? []);
}

const knownModules = new WeakMap<Tree, Map<string, Map<string, string>>>();

/** Maps the names of the modules below a folder to their paths; computed once for each tree and folder. */
function modulesBelow(tree: Tree, root: string): Map<string, string> {
  const roots = knownModules.get(tree) ?? new Map<string, Map<string, string>>();
  knownModules.set(tree, roots);
  let modules = roots.get(root);
  if (!modules) {
    const paths = tree
      .entries()
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`${root}/`));
    modules = new Map(paths.flatMap((path) => (moduleName(path) ? [[moduleName(path)!, path]] : [])));
    roots.set(root, modules);
  }
  return modules;
}
