import { access, readFile } from 'node:fs/promises';
import { replaceFile } from '@nx-linuxkit/oci';
import type { HttpOptions } from '@nx-linuxkit/oci/http';
import { join } from 'node:path';
import { openArchive } from '../archive/archive.js';
import type { Archive } from '../archive/archive.js';
import type { PackageIndex } from '../archive/packages.js';
import { resolvePackages } from '../archive/resolve.js';
import type { Resolved } from '../archive/resolve.js';
import type { Architecture } from '../architecture.js';
import { BUILD_FILE, contentsFor, readBuild } from '../contents/build.js';
import type { Contents } from '../contents/model.js';
import { unitePackages } from '../contents/package-set.js';
import { selectFiles } from '../contents/select.js';
import type { Deb } from '../deb/deb.js';
import { closeDebs, fetchDebs } from '../deb/fetch-debs.js';
import { DebianError } from '../errors.js';
import { findMirrors } from '../mirror/mirrors.js';
import type { Mirror } from '../mirror/mirrors.js';
import type { BlobStore } from '../store.js';
import { formatLock, LOCK_FILE } from './lock.js';
import type { LockedArchitecture, LockedPackage, PackageLock } from './lock.js';
import { excludedPackages, selectionDigest, selectsPackages, wantedFiles } from './selection.js';

/** How a package is locked. */
export interface LockOptions {
  readonly store: BlobStore;
  /** Default: the mirrors of `findMirrors`. */
  readonly mirrors?: readonly Mirror[];
  /** How connections are made: authorities, pace, proxies. */
  readonly http?: HttpOptions;
  /** An archive that several packages share, so that its indexes are read once; default: one from `mirrors`. */
  readonly archive?: Archive;
}

/**
 * Resolves the packages that the build.yml of a folder selects, and pins them in its build.lock.json. Returns the lock;
 * it is not written where nothing is selected and no lock is there. Throws a `DebianError`.
 */
export async function lockPackage(folder: string, options: LockOptions): Promise<PackageLock> {
  const file = join(folder, BUILD_FILE);
  const build = readBuild(await readFile(file, 'utf8'), file);
  const archive =
    options.archive ??
    openArchive({
      store: options.store,
      mirrors: options.mirrors ?? (await findMirrors()),
      http: options.http,
    });
  const architectures: Partial<Record<Architecture, LockedArchitecture>> = {};
  for (const architecture of build.arches) {
    const contents = contentsFor(build, architecture);
    architectures[architecture] = await lockContents(contents, architecture, archive, options.store);
  }
  const lock: PackageLock = { lockfileVersion: 1, suite: build.contents.suite, architectures };
  if (isNeeded(lock) || (await exists(join(folder, LOCK_FILE)))) {
    await replaceFile(join(folder, LOCK_FILE), formatLock(lock));
  }
  return lock;
}

/** Whether an image needs the lock: one without pinned packages tells a build nothing. */
function isNeeded({ architectures }: PackageLock): boolean {
  return Object.values(architectures).some(({ packages }) => Object.keys(packages).length > 0);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function lockContents(
  contents: Contents,
  architecture: Architecture,
  archive: Archive,
  store: BlobStore,
): Promise<LockedArchitecture> {
  const selection = selectionDigest(contents);
  if (!selectsPackages(contents)) return { selection, packages: {} };
  const index = await archive.index(contents.suite, architecture, contents.components);
  const exclude = excludedPackages(contents);
  const packages = new Map<string, LockedPackage>();
  for (const resolved of await holders(contents, index, archive, store)) {
    packages.set(resolved.package.name, pin(resolved));
  }
  for (const resolved of resolvePackages(index, contents.packages, { exclude })) {
    packages.set(resolved.package.name, { ...pin(resolved), whole: true });
  }
  const sorted = [...packages].sort(([a], [b]) => (a < b ? -1 : 1));
  return { selection, packages: Object.fromEntries(sorted) };
}

/**
 * Finds the packages that hold the wanted files and the files that these need, by reading .debs: first the named
 * packages, then one more level of dependencies at a time until nothing is missing. Most selections need one or two
 * packages out of dozens of dependencies.
 */
async function holders(
  contents: Contents,
  index: PackageIndex,
  archive: Archive,
  store: BlobStore,
): Promise<Resolved[]> {
  const wanted = wantedFiles(contents);
  if (wanted.length === 0) return [];
  const names = [...new Set(wanted.map(({ package: name }) => name))];
  const closure = resolvePackages(index, names, { exclude: excludedPackages(contents) });
  const deepest = Math.max(...closure.map(({ depth }) => depth));
  const debs = new Map<string, Deb>();
  try {
    for (let depth = 0; ; depth += 1) {
      const level = closure.filter((resolved) => resolved.depth === depth);
      const named = level.map((resolved) => ({ name: resolved.package.name, ...pin(resolved) }));
      for (const [name, deb] of await fetchDebs(store, archive, named)) debs.set(name, deb);
      try {
        const holding = await holdingPackages(debs, contents);
        return closure.filter((resolved) => holding.has(resolved.package.name));
      } catch (error) {
        const missing = error instanceof DebianError && error.code === 'missing-file';
        if (!missing || depth >= deepest) throw error;
      }
    }
  } finally {
    await closeDebs(debs);
  }
}

/** The names of packages that hold a selected file. Throws `missing-file` if these packages are not enough. */
async function holdingPackages(debs: ReadonlyMap<string, Deb>, contents: Contents): Promise<Set<string>> {
  const set = unitePackages(debs, contents.mergedUsr);
  const selected = await selectFiles(set, wantedFiles(contents));
  return new Set(set.files.filter(({ path }) => selected.has(path)).map((file) => file.package));
}

function pin({ package: { version, path, sha256, size }, why }: Resolved): LockedPackage {
  return { version, path, sha256, size, why };
}
