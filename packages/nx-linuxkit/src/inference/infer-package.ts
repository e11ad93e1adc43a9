import { posix } from 'node:path';
import type { ProjectConfiguration } from '@nx/devkit';
import {
  DEFAULT_FILE,
  packagePlace,
  packagePlatforms,
  packageProjectName,
  PLAIN_DOCKERFILE,
  readContentsPackage,
  type NamedPackage,
  type PackageImage,
} from '@nx-linuxkit/stages/plan';
import type { PluginOptions } from '../options.js';
import { withBases } from './image-nodes.js';
import { leaveOwnTargets } from './own-targets.js';
import { invalidPackageProject, packageProject, wholePackageProject } from './package-nodes.js';
import type { Pass } from './pass.js';
import type { ProjectFolders } from './project-folders.js';
import { unwatchedPackage } from './watch/package-watch.js';

/**
 * Infers the project of the package that a build.yml describes; undefined for a file that describes none, and for a
 * package without a Dockerfile in the folder of another project, which has its files.
 */
export function inferPackage(
  file: string,
  options: PluginOptions,
  projects: ProjectFolders,
  pass: Pass,
): ProjectConfiguration | undefined {
  const source: PackageImage = {
    kind: 'package',
    folder: posix.dirname(file),
    ...(posix.basename(file) !== DEFAULT_FILE && { file: posix.basename(file) }),
  };
  return inferred(source, options, pass, () =>
    source.file === undefined && !projects.has(source.folder)
      ? readContentsPackage(pass.workspaceRoot, source.folder, DEFAULT_FILE)
      : undefined,
  );
}

/** Infers the projects of Dockerfiles without a build.yml: those that a YAML or another Dockerfile names. */
export function inferPlainDockerfiles(
  options: PluginOptions,
  projects: ProjectFolders,
  pass: Pass,
): ProjectConfiguration[] {
  const { packages } = pass;
  return packages
    .watched()
    .filter(({ folder, file }) => file === PLAIN_DOCKERFILE && !projects.has(folder))
    .flatMap((source) => inferred(source, options, pass, () => undefined) ?? []);
}

/** `readContents` reads a package that has no Dockerfile; it returns undefined for a file that describes none. */
function inferred(
  source: PackageImage,
  options: PluginOptions,
  pass: Pass,
  readContents: () => NamedPackage | undefined,
): ProjectConfiguration | undefined {
  const { packages, watch, packageWatch, images, nodeRoots, naming } = pass;
  const withOwn = (project: ProjectConfiguration) => leaveOwnTargets(project, source.folder, pass);
  let name = nameOf(source, true, pass);
  try {
    const dockerfile = packages.describe(source);
    // The name follows before contents are read: a build.yml that is not valid keeps it.
    if (!dockerfile) name = nameOf(source, false, pass);
    const found = dockerfile ?? readContents();
    if (!found) return undefined;
    const platforms = packagePlatforms(found, options);
    const unwatched = unwatchedPackage(source, watch);
    const locked = platforms.every((platform) => packages.unlocked(source, platform).length === 0);
    if (!locked || unwatched !== undefined) {
      return withOwn(wholePackageProject({ source, name, naming }, found, platforms, unwatched));
    }
    const nodes = platforms.map((platform) => packages.node(source, platform));
    nodeRoots.add(nodes.flatMap(withBases), posix.join(source.folder, source.file ?? DEFAULT_FILE));
    images.push(...nodes);
    return withOwn(packageProject({ source, name, naming }, found, nodes, packageWatch));
  } catch (error) {
    if (options.strict) throw error;
    return withOwn(invalidPackageProject({ source, name, naming }, error));
  }
}

/**
 * The name of a package's project: its path. A path of one word may be the name of another project, so the file is part of the
 * name where a system has it, and for every package that has no Dockerfile.
 */
function nameOf(source: PackageImage, hasDockerfile: boolean, { identities }: Pass): string {
  const name = packageProjectName(packagePlace(source));
  const isFree = name.includes('/') || (hasDockerfile && !identities.has(name));
  return isFree ? name : posix.join(source.folder, source.file ?? DEFAULT_FILE);
}
