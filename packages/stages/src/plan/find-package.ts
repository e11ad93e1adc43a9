import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, relative, sep } from 'node:path';
import { nearest, type Where } from '@nx-linuxkit/errors';
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

  constructor(private readonly workspaceRoot: string) {}

  /**
   * The package of an `@pkg:` reference: a folder relative to the YAML, else relative to the workspace, else
   * below an npm package (`@pkg:@nx-linuxkit/images/nginx`). Throws StageError `missing-file` when no folder has a
   * build.yml; `where` is the place of the reference.
   */
  find(reference: string, where: Where, yamlFile: string): PackageImage {
    const path = reference.slice(PACKAGE_PREFIX.length);
    const tried = [join(this.workspaceRoot, dirname(yamlFile), path), join(this.workspaceRoot, path)];
    const installed = remembered(this.installed, path, () => installedFolder(path, this.workspaceRoot));
    if (installed) tried.push(installed);
    const folder = tried.find((candidate) =>
      remembered(this.exists, candidate, () => existsSync(join(candidate, 'build.yml'))),
    );
    if (!folder) {
      const relativeToWorkspace = tried.map((path) => relative(this.workspaceRoot, path) || '.');
      throw new StageError(
        'missing-file',
        `no package at ${reference}: expected a build.yml in ${relativeToWorkspace.join(' or ')}`,
        { where, hint: missingHint(path, tried, installed !== undefined) },
      );
    }
    return remembered(this.located, folder, () => locate(folder, this.workspaceRoot));
  }
}

/** What to do about a package that is not there: take the package beside it with a similar name, if there is one. */
function missingHint(path: string, tried: readonly string[], isInstalled: boolean): string {
  const wanted = posix.basename(path);
  for (const folder of tried) {
    const meant = nearest(wanted, packagesIn(dirname(folder)));
    if (meant === undefined) continue;
    return `Did you mean \`${PACKAGE_PREFIX}${posix.join(posix.dirname(path), meant)}\`?`;
  }
  return isInstalled
    ? 'Name a folder that holds a build.yml.'
    : 'Name a folder that holds a build.yml, or install the npm package that has it.';
}

function packagesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => existsSync(join(folder, name, 'build.yml')))
      .sort();
  } catch {
    return [];
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  if (!known.has(key)) known.set(key, make());
  return known.get(key) as T;
}

/** `@scope/name/rest` or `name/rest` of an installed npm package. */
function installedFolder(path: string, workspaceRoot: string): string | undefined {
  const match = /^((?:@[^/]+\/)?[^./][^/]*)(?:\/(.+))?$/.exec(path);
  if (!match) return undefined;
  try {
    const manifest = createRequire(join(workspaceRoot, 'package.json')).resolve(`${match[1]}/package.json`);
    return join(dirname(manifest), match[2] ?? '');
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
