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
    const tried = [resolve(this.workspaceRoot, dirname(yamlFile), path), resolve(this.workspaceRoot, path)];
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
    const manifest = file && installedManifest(match[1], file);
    if (manifest) return join(dirname(manifest), match[2] ?? '');
  }
  return undefined;
}

/** The npm package of the plugin. */
const PLUGIN = 'nx-linuxkit';

/**
 * The package.json of an npm package, as a file resolves it, else as the plugin does that the file resolves: the base set
 * is a dependency of the plugin, and pnpm and Plug'n'Play show a dependency to its own dependents alone.
 */
function installedManifest(name: string, file: string): string | undefined {
  const direct = resolvedFrom(file, name);
  if (direct !== undefined) return direct;
  const plugin = resolvedFrom(file, PLUGIN);
  return plugin && resolvedFrom(plugin, name);
}

function resolvedFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
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
