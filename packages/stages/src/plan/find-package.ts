import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import type { Where } from '@nx-linuxkit/errors';
import { StageError } from '../error.js';
import { isOutside } from './sources.js';
import { packageHash } from './package-hash.js';
import type { PackageImage } from './image-node.js';
import { PACKAGE_PREFIX } from './settings.js';

/**
 * Finds the packages of a workspace as its files are now; make a new one for each pass over the workspace. Systems
 * share packages, so what was found or hashed for one system is not looked up again for the next.
 */
export class PackageFinder {
  private readonly installed = new Map<string, string | undefined>();
  private readonly exists = new Map<string, boolean>();
  private readonly located = new Map<string, PackageImage>();

  /**
   * `unwatched` is for builds that no graph watches: npm packages are then also looked for from the file `from`, and every
   * package is named by its absolute folder and by a hash of its files.
   */
  constructor(
    private readonly workspaceRoot: string,
    private readonly unwatched?: { readonly from: string },
  ) {}

  /**
   * The package of an `@pkg:` reference: a folder relative to the YAML, else relative to the workspace, else
   * below an npm package (`@pkg:@nx-linuxkit/images/nginx`). Throws StageError `missing-file` when no folder has a
   * build.yml; `where` is the place of the reference.
   */
  find(reference: string, where: Where, yamlFile: string): PackageImage {
    const path = reference.slice(PACKAGE_PREFIX.length);
    const folders = [dirname(yamlFile), '.'].map((folder) => resolve(this.workspaceRoot, folder, path));
    const tried = [...new Set(folders)];
    const from = [join(this.workspaceRoot, 'package.json'), this.unwatched?.from];
    const installed = remembered(this.installed, path, () => installedFolder(path, from));
    if (installed) tried.push(installed);
    const folder = tried.find((candidate) =>
      remembered(this.exists, candidate, () => existsSync(join(candidate, 'build.yml'))),
    );
    if (!folder) {
      throw new StageError(
        'missing-file',
        `no package at ${reference}: expected a build.yml in ${tried.join(' or ')}`,
        {
          where,
          hint: 'Name a folder that holds a build.yml, or install the npm package that has it.',
        },
      );
    }
    return remembered(this.located, folder, () =>
      this.unwatched
        ? { kind: 'package', folder, pinned: packageHash(folder) }
        : locate(folder, this.workspaceRoot),
    );
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  if (!known.has(key)) known.set(key, make());
  return known.get(key) as T;
}

/** `@scope/name/rest` or `name/rest` of an npm package that one of the files `from` can load. */
function installedFolder(path: string, from: readonly (string | undefined)[]): string | undefined {
  const match = /^((?:@[^/]+\/)?[^./][^/]*)(?:\/(.+))?$/.exec(path);
  if (!match) return undefined;
  for (const file of from) {
    if (file === undefined) continue;
    try {
      const manifest = createRequire(file).resolve(`${match[1]}/package.json`);
      return join(dirname(manifest), match[2] ?? '');
    } catch {
      continue;
    }
  }
  return undefined;
}

/** npm links a workspace's own packages: those are folders of the workspace, which Nx watches. */
function locate(folder: string, workspaceRoot: string): PackageImage {
  const inner = relative(realpathSync(workspaceRoot), realpathSync(folder)).split(sep).join(posix.sep);
  const watched = !isOutside(inner) && !inner.split('/').includes('node_modules');
  if (watched) return { kind: 'package', folder: inner };
  // Nx does not report when npm replaces a package, so its contents are hashed here; they are small.
  const named = relative(workspaceRoot, folder).split(sep).join(posix.sep);
  return { kind: 'package', folder: named, pinned: packageHash(folder) };
}
