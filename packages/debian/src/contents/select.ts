import type { Inode, Tree } from '@nx-linuxkit/tree';
import { moduleName, readModule } from '../depmod/module.js';
import { readDynamicElf } from '../elf/elf.js';
import { DebianError } from '../errors.js';
import { matcher } from './glob.js';
import { findLibrary } from './library.js';
import type { PackageSet } from './package-set.js';

/** Files of one package, or of what it depends on. */
export interface Wanted {
  readonly package: string;
  readonly paths: readonly string[];
  readonly optional?: boolean;
}

/**
 * The wanted files and what they need to run: targets of symlinks, the libraries and the dynamic loader that ELF
 * headers name, the modules that kernel modules depend on. What a program opens by name at run time is not seen
 * and must be wanted by name.
 */
export async function selectFiles(set: PackageSet, wanted: readonly Wanted[]): Promise<ReadonlySet<string>> {
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

/** A pattern that the package itself does not match is looked for in what it depends on (a metapackage). */
export function matches(set: PackageSet, { package: name, paths, optional }: Wanted): string[] {
  return paths.flatMap((glob) => {
    const match = matcher([glob]);
    const all = set.files.filter(({ path }) => match(path));
    const own = all.filter((file) => file.package === name);
    const found = own.length > 0 ? own : all;
    if (found.length === 0 && !optional) {
      throw new DebianError('missing-file', `neither ${name} nor what it depends on has ${glob}`, {
        hint: 'list the files with "dpkg -c" or "apt-file list", or mark the entry as optional',
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
  /** One after the other: with the first that is missing the files may be closed. */
  const libraries: string[] = [];
  for (const soname of elf.needed) libraries.push(await findLibrary(tree, path, soname, elf));
  const interpreter = elf.interpreter?.replace(/^\//, '');
  return [...libraries, ...(interpreter ? withTarget(tree, interpreter, path) : [])];
}

/** The loader is named by path: both the symlink and what it leads to must be there. */
function withTarget(tree: Tree, interpreter: string, needer: string): string[] {
  const path = tree.resolve(interpreter);
  if (tree.get(path)) return [path];
  throw new DebianError(
    'missing-file',
    `${needer} needs the loader /${interpreter}, which no package of the selection holds`,
    {
      hint: 'set mergedUsr: true if the suite ships merged paths',
    },
  );
}

async function moduleNeeds(tree: Tree, path: string, inode: Inode): Promise<string[]> {
  const { depends, softdeps } = await readModule(path, inode.content);
  const root = /^(.*lib\/modules\/[^/]+)\//.exec(path)?.[1];
  if (root === undefined) return [];
  const modules = modulesBelow(tree, root);
  /** `pre: a post: b-c`; what the kernel has built in is no file. */
  const soft = softdeps.flatMap((list) => list.split(/\s+/)).map((name) => name.replaceAll('-', '_'));
  return [...depends, ...soft].flatMap((name) => modules.get(name) ?? []);
}

const known = new WeakMap<Tree, Map<string, Map<string, string>>>();

/** Names of modules to paths, made once a tree. */
function modulesBelow(tree: Tree, root: string): Map<string, string> {
  const roots = known.get(tree) ?? new Map<string, Map<string, string>>();
  known.set(tree, roots);
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
