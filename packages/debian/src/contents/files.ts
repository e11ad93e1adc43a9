import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { Inode, Tree } from '@nx-linuxkit/tree';
import { DebianError } from '../errors.js';
import { idOf } from './accounts.js';
import { directory, file } from './inodes.js';
import type { Contents, FileSpec } from './model.js';
import type { PackageSet } from './package-set.js';
import { matches } from './select.js';

/** The key `files`: adds texts, directories, files beside build.yml, and files of packages under another name. */
export async function addFiles(
  tree: Tree,
  contents: Contents,
  set: PackageSet,
  folder: string,
): Promise<void> {
  for (const spec of contents.files) {
    for (const [path, inode] of await inodesOf(spec, set, folder)) {
      tree.set(path, {
        ...inode,
        mode: spec.mode === undefined || path !== spec.path.slice(1) ? inode.mode : parseInt(spec.mode, 8),
        uid: idOf(spec.uid, contents.users, 'uid'),
        gid: idOf(spec.gid, contents.groups, 'gid'),
      });
    }
  }
}

async function inodesOf(spec: FileSpec, set: PackageSet, folder: string): Promise<[string, Inode][]> {
  const path = spec.path.slice(1).replace(/\/$/, '');
  if (spec.directory) return [[path, directory()]];
  if (spec.from) return [[path, fromPackage(spec, set)]];
  if (spec.source !== undefined) return fromFolder(sourcePath(folder, spec.source), path);
  return [[path, file(spec.contents ?? '')]];
}

function fromPackage({ package: name, from }: FileSpec, set: PackageSet): Inode {
  const paths = matches(set, { package: name!, paths: [from!] });
  if (paths.length > 1)
    throw new DebianError('missing-file', `${from} names ${paths.length} files of ${name}, expected one`);
  return set.tree.get(set.tree.realpath(paths[0]))!;
}

/** Returns the path of a source; throws `bad-build` if it leads out of the folder of the build.yml. */
export function sourcePath(folder: string, source: string): string {
  const path = resolve(folder, source);
  if (path.startsWith(resolve(folder) + sep)) return path;
  throw new DebianError('bad-build', `source ${source} leads out of the package's folder`, {
    where: { file: join(folder, 'build.yml') },
  });
}

async function fromFolder(source: string, path: string): Promise<[string, Inode][]> {
  const info = await stat(source).catch(() => undefined);
  if (!info) throw new DebianError('missing-file', `there is no ${source}`);
  if (!info.isDirectory()) return [[path, fromFile(await readFile(source))]];
  const names = (await readdir(source)).sort();
  const below = await Promise.all(names.map((name) => fromFolder(join(source, name), `${path}/${name}`)));
  return [[path, directory()], ...below.flat()];
}

/** Makes a file executable if it starts with `#!`: modes in a checkout differ between hosts. */
function fromFile(bytes: Buffer): Inode {
  return file(bytes, bytes.toString('latin1', 0, 2) === '#!' ? 0o755 : 0o644);
}
