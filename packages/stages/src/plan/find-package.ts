import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { nearest, type Where } from '@nx-linuxkit/errors';
import type { Lock } from '@nx-linuxkit/oci/lock';
import { StageError } from '../error.js';
import {
  DEFAULT_FILE,
  isPackageFile,
  packagePlace,
  packageProjectName,
  PLAIN_DOCKERFILE,
  type DockerfilePackage,
} from './dockerfile/package-file.js';
import type { PackageInputs } from './dockerfile/package-inputs.js';
import {
  PackagePlanner,
  type DockerfilePin,
  type FindPackage,
  type PlannedPackage,
} from './dockerfile/package-planner.js';
import { packageNode, withRecords, type ImageNode, type PackageImage } from './image-node.js';
import { packageHash } from './package-hash.js';
import { PACKAGE_PREFIX, type Settings } from './settings.js';
import { isOutside } from './sources.js';
import { PACKAGE_FOLDERS, TaggedPackages, type TaggedPackage } from './tagged-packages.js';
import { targetName, type TargetNaming } from './target-names.js';

/**
 * Finds the packages of a workspace as its files are now; make a new one for each pass over the workspace. Systems
 * share packages, so what was found or hashed for one system is not looked up again for the next.
 */
export class PackageFinder {
  /** The package.json of npm packages, by name: all packages of the base set are in one. */
  private readonly manifests = new Map<string, string | undefined>();
  private readonly exists = new Map<string, boolean>();
  private readonly located = new Map<string, PackageImage>();
  private readonly named = new Map<PackageImage, string>();
  private readonly nodes = new Map<string, ImageNode>();
  private readonly planner: PackagePlanner;
  private readonly tags: TaggedPackages;

  /**
   * `unwatched` is for builds that no graph watches: npm packages are then also looked for from the file `from`, and every
   * package is named by its absolute folder and by a hash of its files. `pins` pins what locks of packages do not pin.
   */
  constructor(
    private readonly workspaceRoot: string,
    private readonly settings: Pick<Settings, 'images' | 'packages'> & TargetNaming = {},
    private readonly unwatched?: { readonly from: string; readonly pins?: Lock },
  ) {
    const packages: FindPackage = {
      find: (reference, where, file) => this.find(reference, where, file),
      has: (reference, file) => this.has(reference, file),
    };
    this.planner = new PackagePlanner(workspaceRoot, settings, packages, unwatched?.pins);
    const { folders = PACKAGE_FOLDERS } = settings.packages ?? {};
    this.tags = new TaggedPackages(workspaceRoot, folders, this.planner);
  }

  /**
   * The node of a package for one platform. Every reference of its Dockerfile must be locked, see `unlocked`. Throws the
   * Fault of a build.yml or a Dockerfile that is not valid.
   */
  node(source: PackageImage, platform: string): ImageNode {
    const planned = this.plan(source, platform);
    if (!planned) {
      const id = [source.folder, source.file, platform].join(':');
      return remembered(this.nodes, id, () => packageNode(withRecords(source, this.settings), platform));
    }
    if (planned.node) return planned.node;
    const [{ reference, where, package: unlocked }] = planned.unlocked;
    const name = packageProjectName(packagePlace(unlocked));
    throw new StageError('not-locked', `${reference} is not locked for ${platform}`, {
      where,
      hint: `Run \`nx ${targetName('lock', this.settings)} ${name}\` in the workspace of the package, and commit the lock file.`,
    });
  }

  /** The references of a package's Dockerfile, and of those that it is built on, that no lock pins. */
  unlocked(source: PackageImage, platform: string): readonly DockerfilePin[] {
    return this.plan(source, platform)?.unlocked ?? [];
  }

  /** What describes a package that has a Dockerfile; undefined for one made of `contents`. */
  describe(source: PackageImage): DockerfilePackage | undefined {
    return this.planner.file(source);
  }

  /** What is read of the folder of a package that was planned; files are the same for every platform. */
  inputs(source: PackageImage): PackageInputs {
    return this.planner.inputs(source);
  }

  /** The plan of such a package for one platform. */
  plan(source: PackageImage, platform: string): PlannedPackage | undefined {
    const file = this.describe(source);
    return file && this.planner.plan(source, file, platform);
  }

  /**
   * The package of an `@pkg:` reference: a folder relative to the YAML, else relative to the workspace, else
   * below an npm package (`@pkg:@nx-linuxkit/images/nginx`). A variant is named by its file
   * (`@pkg:../images/app/build-debug.yml`), and a folder without a build.yml is built from its Dockerfile. Throws
   * StageError `missing-file` when no folder has one of these; `where` is the place of the reference.
   */
  find(reference: string, where: Where, yamlFile: string): PackageImage {
    const { path, tried, found, isInstalled } = this.look(reference, yamlFile);
    if (!found) {
      const relativeToWorkspace = tried.map((folder) => relative(this.workspaceRoot, folder) || '.');
      throw new StageError(
        'missing-file',
        `no package at ${reference}: expected a build.yml or a Dockerfile in ${relativeToWorkspace.join(' or ')}`,
        { where, hint: missingHint(path, tried, isInstalled) },
      );
    }
    const { folder, file } = found;
    return remembered(this.located, join(folder, file), () => {
      const image: PackageImage = this.unwatched
        ? { kind: 'package', folder, ...describedBy(file), pinned: packageHash(folder) }
        : locate(folder, file, this.workspaceRoot);
      this.named.set(image, join(folder, file));
      return image;
    });
  }

  /**
   * The absolute paths by which references name what describes a package, before symlinks are followed. Those that npm has
   * linked are left out: they change with its lock.
   */
  namedAt({ folder, file = DEFAULT_FILE }: PackageImage): string[] {
    return [...this.named]
      .filter(([image, path]) => {
        const isSame = image.folder === folder && (image.file ?? DEFAULT_FILE) === file;
        return isSame && !path.split(sep).includes('node_modules');
      })
      .map(([, path]) => path);
  }

  /** The packages that references have named so far and whose files Nx watches, each once. */
  watched(): PackageImage[] {
    const found = [...this.named.keys()].filter(({ pinned }) => pinned === undefined);
    return [...new Map(found.map((source) => [packagePlace(source), source])).values()];
  }

  /** Whether `find` finds a package. */
  has(reference: string, yamlFile: string): boolean {
    return this.look(reference, yamlFile).found !== undefined;
  }

  /**
   * The `@pkg:` reference, from a YAML, of the package whose image a reference names by the tag of LinuxKit's that the
   * package has now: `linuxkit/sshd:<hash of git>`.
   */
  tagged(reference: string, yamlFile: string): string | undefined {
    const found = this.withTag(reference);
    if (!found?.isCurrent) return undefined;
    return `${PACKAGE_PREFIX}${posix.relative(posix.dirname(yamlFile), found.place) || '.'}`;
  }

  /** The package whose image a reference names with a tag of LinuxKit's, be it the one that it has now or another one. */
  withTag(reference: string): TaggedPackage | undefined {
    // A build that no graph watches has images by the names under which they were built.
    return this.unwatched ? undefined : this.tags.of(reference);
  }

  /** The folders where a package may be, and the first one that has it, with the file that describes it. */
  private look(
    reference: string,
    yamlFile: string,
  ): {
    readonly path: string;
    readonly tried: readonly string[];
    /** Whether npm has installed the package that the path begins with. */
    readonly isInstalled: boolean;
    readonly found?: { readonly folder: string; readonly file: string };
  } {
    const path = reference.slice(PACKAGE_PREFIX.length);
    const near = [dirname(yamlFile), '.'].map((folder) => resolve(this.workspaceRoot, folder, path));
    const tried = [...new Set(near)];
    const from = [join(this.workspaceRoot, 'package.json'), this.unwatched?.from];
    const installed = installedFolder(path, (name) =>
      remembered(this.manifests, name, () => installedManifest(name, from)),
    );
    if (installed) tried.push(installed);
    const named = isPackageFile(basename(path)) ? basename(path) : undefined;
    const folders = named ? tried.map((candidate) => dirname(candidate)) : tried;
    const files = named ? [named] : [DEFAULT_FILE, PLAIN_DOCKERFILE];
    const has = (folder: string, file: string) =>
      remembered(this.exists, join(folder, file), () => existsSync(join(folder, file)));
    const all = folders.flatMap((folder) => files.map((file) => ({ folder, file })));
    const isInstalled = installed !== undefined;
    return { path, tried, isInstalled, found: all.find(({ folder, file }) => has(folder, file)) };
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
    ? 'Name a folder that holds a build.yml or a Dockerfile.'
    : 'Name a folder that holds a build.yml or a Dockerfile, or install the npm package that has it.';
}

function packagesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => [DEFAULT_FILE, PLAIN_DOCKERFILE].some((file) => existsSync(join(folder, name, file))))
      .sort();
  } catch {
    return [];
  }
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  if (!known.has(key)) known.set(key, make());
  return known.get(key) as T;
}

/** The folder of `@scope/name/rest` or `name/rest`, if the npm package is installed. */
function installedFolder(path: string, manifestOf: (name: string) => string | undefined): string | undefined {
  const match = /^((?:@[^/]+\/)?[^./][^/]*)(?:\/(.+))?$/.exec(path);
  const manifest = match && manifestOf(match[1]);
  return manifest ? join(dirname(manifest), match[2] ?? '') : undefined;
}

/** The package.json of an npm package that one of the files `from` can load. */
function installedManifest(name: string, from: readonly (string | undefined)[]): string | undefined {
  for (const file of from) {
    const manifest = file && manifestFrom(file, name);
    if (manifest) return manifest;
  }
  return undefined;
}

/** The npm package of the plugin. */
const PLUGIN = 'nx-linuxkit';

/**
 * The package.json of an npm package, as a file resolves it, else as the plugin does that the file resolves: the base set
 * is a dependency of the plugin, and pnpm and Plug'n'Play show a dependency to its own dependents alone.
 */
function manifestFrom(file: string, name: string): string | undefined {
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
function locate(folder: string, file: string, workspaceRoot: string): PackageImage {
  const inner = relative(realpathSync(workspaceRoot), realpathSync(folder)).split(sep).join(posix.sep);
  const watched = !isOutside(inner) && !inner.split('/').includes('node_modules');
  if (watched) return { kind: 'package', folder: inner, ...describedBy(file) };
  // Nx does not report when npm replaces a package, so its contents are hashed here; they are small.
  const named = relative(workspaceRoot, folder).split(sep).join(posix.sep);
  return { kind: 'package', folder: named, ...describedBy(file), pinned: packageHash(folder) };
}

function describedBy(file: string): { file?: string } {
  return file === DEFAULT_FILE ? {} : { file };
}
