import { posix } from 'node:path';
import type { ProjectConfiguration } from '@nx/devkit';
import { DEFAULT_FILE, packagePlatforms, type PackageImage } from '@nx-linuxkit/stages/plan';
import type { PluginOptions } from '../options.js';
import { withBases } from './image-nodes.js';
import { leaveOwnTargets } from './own-targets.js';
import { invalidPackageProject, packageProject, wholePackageProject } from './package-nodes.js';
import type { Pass } from './pass.js';
import { unwatchedPackage } from './watch/package-watch.js';

/** Infers the project of a package that has a Dockerfile; undefined for a file that describes no such package. */
export function inferPackage(
  file: string,
  options: PluginOptions,
  pass: Pass,
): ProjectConfiguration | undefined {
  const { packages, watch, packageWatch, images, nodeRoots, naming } = pass;
  const source: PackageImage = {
    kind: 'package',
    folder: posix.dirname(file),
    ...(posix.basename(file) !== DEFAULT_FILE && { file: posix.basename(file) }),
  };
  try {
    const found = packages.describe(source);
    if (!found) return undefined;
    const platforms = packagePlatforms(found, options);
    const unwatched = unwatchedPackage(source, watch);
    const locked = platforms.every((platform) => packages.unlocked(source, platform).length === 0);
    if (!locked || unwatched !== undefined) {
      return leaveOwnTargets(
        wholePackageProject(source, found, platforms, naming, unwatched),
        source.folder,
        pass,
      );
    }
    const nodes = platforms.map((platform) => packages.node(source, platform));
    nodeRoots.add(nodes.flatMap(withBases), file);
    images.push(...nodes);
    return leaveOwnTargets(packageProject(source, found, nodes, packageWatch, naming), source.folder, pass);
  } catch (error) {
    if (options.strict) throw error;
    return leaveOwnTargets(invalidPackageProject(source, error, naming), source.folder, pass);
  }
}
