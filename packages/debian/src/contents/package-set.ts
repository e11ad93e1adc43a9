import { Tree } from '@nx-linuxkit/tree';
import type { Deb } from '../deb/deb.js';
import { DebianError } from '../errors.js';

/** Several packages unpacked at one root. */
export interface PackageSet {
  readonly tree: Tree;
  /** Everything but directories, sorted by path. */
  readonly files: readonly Owned[];
  /** Directories, each once for every package that has it. */
  readonly directories: readonly Owned[];
}

/** A path, and the package that it comes from. */
export interface Owned {
  readonly path: string;
  readonly package: string;
}

/** Directories that are links into `usr` on a system with merged /usr. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];

/**
 * Unpacks packages at one root, in the order of their names. Packages may share directories but no files: without
 * maintainer scripts and diversions nothing says which file is meant, so that this throws `file-conflict`.
 */
export function unitePackages(debs: ReadonlyMap<string, Deb>, mergedUsr: boolean): PackageSet {
  const tree = new Tree();
  if (mergedUsr) for (const name of MERGED) tree.mkdirs(`usr/${name}`);
  const owners = new Map<string, string>();
  const directories: Owned[] = [];
  for (const [name, deb] of [...debs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const { path: written, inode } of deb.tree.entries()) {
      if (mergedUsr && MERGED.includes(written) && inode.type === 'symlink') continue;
      const path = mergedUsr ? written.replace(/^(bin|sbin|lib|lib64)(?=\/|$)/, 'usr/$1') : written;
      if (inode.type === 'dir') {
        if (!tree.get(path)) tree.set(path, inode);
        directories.push({ path, package: name });
        continue;
      }
      const owner = owners.get(path);
      if (owner) throw conflict(path, owner, name);
      owners.set(path, name);
      tree.set(path, inode);
    }
  }
  if (mergedUsr) for (const name of MERGED) tree.set(name, link(`usr/${name}`));
  const files = [...owners].map(([path, owner]) => ({ path, package: owner }));
  return { tree, files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), directories };
}

function link(target: string) {
  return { type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 0, target } as const;
}

function conflict(path: string, first: string, second: string): DebianError {
  return new DebianError('file-conflict', `/${path} is in both ${first} and ${second}`, {
    hint: `Name one of the packages in contents.exclude.`,
  });
}
