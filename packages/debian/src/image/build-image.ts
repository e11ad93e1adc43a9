import { readFile } from 'node:fs/promises';
import type { HttpOptions } from '@nx-linuxkit/oci/http';
import { join } from 'node:path';
import { openArchive } from '../archive/archive.js';
import type { Archive, ArchiveFile } from '../archive/archive.js';
import type { Architecture } from '../architecture.js';
import { packArchives } from '../contents/archives.js';
import { BUILD_FILE, contentsFor, readBuild } from '../contents/build.js';
import type { Build } from '../contents/model.js';
import { withScratch } from '../contents/scratch.js';
import { unitePackages } from '../contents/package-set.js';
import { packageFiles } from '../contents/package-files.js';
import type { PackageFiles } from '../contents/package-files.js';
import { addRecords } from '../contents/records.js';
import { buildTree } from '../contents/tree.js';
import { readControl } from '../deb/control.js';
import { closeDebs, fetchDebs } from '../deb/fetch-debs.js';
import type { NamedPackage } from '../deb/fetch-debs.js';
import { DebianError } from '../errors.js';
import { checkArchitecture, checkLock } from '../lock/check.js';
import { LOCK_AGAIN, LOCK_FILE, readLock } from '../lock/lock.js';
import type { LockedArchitecture, PackageLock } from '../lock/lock.js';
import { selectionDigest, selectsPackages } from '../lock/selection.js';
import { isAtMirrors } from '../mirror/is-at-mirrors.js';
import { findMirrors } from '../mirror/mirrors.js';
import type { Mirror } from '../mirror/mirrors.js';
import type { BlobStore, FetchProgress } from '../store.js';
import { writeArchive } from './oci-archive.js';
import type { WrittenArchive } from './oci-archive.js';

/** An image that was built. */
export interface BuiltImage extends WrittenArchive {
  /** The .debs that it is made of. */
  readonly debs: readonly ArchiveFile[];
  /** Which of its files are of which package, those in `archives` among them. */
  readonly packages: readonly PackageFiles[];
  /**
   * Tells whether a machine with an empty store could build it too: every .deb that the store had, and that was not fetched
   * for this build, is asked for by HEAD. False also where no mirror answers within seconds.
   */
  isPublished(): Promise<boolean>;
}

/** How an image is built. */
export interface BuildOptions {
  readonly architecture: Architecture;
  /** Path of the OCI archive to write. */
  readonly output: string;
  readonly store: BlobStore;
  /** Default: the mirrors of `findMirrors`, which is called only if the store lacks a .deb. */
  readonly mirrors?: readonly Mirror[];
  /** How connections are made: authorities, pace, proxies. */
  readonly http?: HttpOptions;
  /** Whether the image has the records and the copyright files of its packages. Default: true. */
  readonly records?: boolean;
  /** The folder as messages name it; default: as it is given. */
  readonly shownAs?: string;
  /** The hint of errors that a new lock mends, as a sentence with the command; default: one without. */
  readonly relock?: string;
  /** Hears how many bytes of .debs are to come, and how many have come. */
  readonly progress?: FetchProgress;
}

/**
 * Builds the image of a package folder, with its build.yml and build.lock.json, into one OCI archive. The bytes of the
 * archive depend on nothing but the folder and `records`. Throws a `DebianError`.
 */
export async function buildImage(folder: string, options: BuildOptions): Promise<BuiltImage> {
  const build = await openBuild(folder, options.shownAs ?? folder);
  const locked = await lockedPackages(folder, build, options);
  const contents = contentsFor(build, options.architecture);
  const packages = Object.entries(locked.packages).map(([name, pinned]) => ({ name, ...pinned }));
  const { archive, unfetched, has } = archiveOf(options);
  const debs = await fetchDebs(options.store, archive, packages, options.relock);
  try {
    const set = unitePackages(debs, contents.mergedUsr);
    const tree = await buildTree(contents, set, locked, folder);
    const versions = new Map(packages.map(({ name, version }) => [name, version]));
    const listed = packageFiles(tree, set, versions);
    return await withScratch(async (scratch) => {
      await packArchives(tree, contents.archives, scratch);
      const { architecture, output, records = true } = options;
      if (records) await addRecords(tree, contents, set, await controlsOf(packages, options.store));
      const written = await writeArchive({ build, contents, tree, architecture }, output, scratch);
      return { ...written, debs: packages, packages: listed, isPublished: () => isAtMirrors(unfetched, has) };
    });
  } finally {
    await closeDebs(debs);
  }
}

/** The fields of each package, by its name. */
async function controlsOf(packages: readonly NamedPackage[], store: BlobStore): Promise<Map<string, string>> {
  const controls = new Map<string, string>();
  for (const { name, sha256 } of packages) controls.set(name, await readControl(store, `sha256:${sha256}`));
  return controls;
}

async function openBuild(folder: string, shownAs: string): Promise<Build> {
  return readBuild(await readFile(join(folder, BUILD_FILE), 'utf8'), join(shownAs, BUILD_FILE));
}

/** The pinned packages of an image. One that selects no Debian package needs no lock. */
async function lockedPackages(
  folder: string,
  build: Build,
  { architecture, relock = LOCK_AGAIN }: BuildOptions,
): Promise<LockedArchitecture> {
  checkArchitecture(build, architecture);
  const contents = contentsFor(build, architecture);
  if (!selectsPackages(contents)) return { selection: selectionDigest(contents), packages: {} };
  return checkLock(build, await openLock(folder, build, relock), architecture, relock);
}

async function openLock(folder: string, build: Build, relock: string): Promise<PackageLock> {
  const file = join(folder, LOCK_FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new DebianError('bad-lock', `${build.image} has no ${LOCK_FILE}`, {
      hint: relock,
      cause: error,
    });
  });
  return readLock(text, file);
}

/** An archive that is opened once the store lacks a file, so that a full store needs no configured mirror. */
interface LazyArchive {
  readonly archive: Archive;
  /** The files that the store had. */
  readonly unfetched: readonly ArchiveFile[];
  has(file: ArchiveFile): Promise<boolean>;
}

function archiveOf({ store, mirrors, http, progress }: BuildOptions): LazyArchive {
  let opened: Promise<Archive> | undefined;
  const open = () => (opened ??= openMirrors());
  const openMirrors = async (): Promise<Archive> =>
    openArchive({ store, mirrors: mirrors ?? (await findMirrors()), http, progress });
  const unfetched: ArchiveFile[] = [];
  const has = async (file: ArchiveFile, delays?: readonly number[]) => (await open()).has(file, delays);
  const archive: Archive = {
    index: async (suite, architecture, components) => (await open()).index(suite, architecture, components),
    async fetch(file) {
      const digest = `sha256:${file.sha256}` as const;
      if (await store.has(digest)) {
        unfetched.push(file);
        return digest;
      }
      progress?.expect(file.size);
      return (await open()).fetch(file);
    },
    has,
  };
  return { archive, unfetched, has: (file) => has(file, []) };
}
