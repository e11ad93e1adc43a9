import { posix } from 'node:path';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import {
  packagePlace,
  packageProjectName,
  targetName,
  type DockerfilePackage,
  type ImageNode,
  type PackageImage,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { packageLockTarget } from './image-nodes.js';
import { packageIds } from './os-options.js';
import type { PackageWatch } from './watch/package-watch.js';
import { withoutTokens } from './watch/usable-name.js';
import { NAMED_INPUT, NO_NPM_PACKAGE, stageInputs, uncached, versionOf } from './target.js';

/** The verbs of a package's project. */
const VERBS = ['build', 'lock', 'show-tag', 'push', 'manifest', 'export'] as const;

/**
 * The project of a package at its folder. Its images are nodes of their own, one for each platform, so that a target added
 * here re-runs none of them.
 */
export function packageProject(
  source: PackageImage,
  found: DockerfilePackage,
  nodes: readonly ImageNode[],
  packages: PackageWatch,
  naming: TargetNaming,
): ProjectConfiguration {
  const unwatched = packages.unwatched(nodes);
  return {
    ...shell(source, found.image, naming),
    implicitDependencies: nodes.map(({ id }) => id),
    targets: {
      [targetName('build', naming)]: {
        executor: `${PLUGIN}:stage`,
        cache: unwatched === undefined,
        inputs: stageInputs(packageIds({ images: nodes })),
        // Without this empty list Nx would take all of `dist` for outputs of `build`.
        outputs: [],
        dependsOn: [`^${targetName('image', naming)}`],
        options: { stage: 'package', v: versionOf('image'), images: nodes, ...uncached(unwatched) },
        metadata: buildMetadata(
          source,
          found,
          nodes.map(({ platform }) => platform),
          naming,
        ),
      },
      ...packageLockTarget(source, nameOf(source), naming),
      ...publishTargets(source, found, naming),
    },
  };
}

/** The project of a package that is not locked, or that Nx cannot watch: one uncached task locks and builds it. */
export function wholePackageProject(
  source: PackageImage,
  found: DockerfilePackage,
  platforms: readonly string[],
  naming: TargetNaming,
  unwatched?: string,
): ProjectConfiguration {
  return {
    ...shell(source, found.image, naming),
    targets: {
      [targetName('build', naming)]: {
        executor: `${PLUGIN}:package`,
        cache: false,
        inputs: [NO_NPM_PACKAGE],
        options: { package: packagePlace(source), platforms: [...platforms], ...uncached(unwatched) },
        metadata: buildMetadata(source, found, platforms, naming),
      },
      ...packageLockTarget(source, nameOf(source), naming),
      ...publishTargets(source, found, naming),
    },
  };
}

/** The project of a package that cannot be read: its targets fail with the reason. */
export function invalidPackageProject(
  source: PackageImage,
  error: unknown,
  naming: TargetNaming,
): ProjectConfiguration {
  const target: TargetConfiguration = {
    executor: `${PLUGIN}:invalid`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { message: withoutTokens(describe(error)) },
    metadata: { technologies: ['linuxkit'], description: `${packagePlace(source)} cannot be read` },
  };
  return {
    ...shell(source, nameOf(source), naming),
    targets: Object.fromEntries(VERBS.map((verb) => [targetName(verb, naming), target])),
  };
}

/** The targets that name and publish a package. Nothing caches them: the registry and git are no inputs. */
function publishTargets(
  source: PackageImage,
  { image }: DockerfilePackage,
  naming: TargetNaming,
): Record<string, TargetConfiguration> {
  const target = (
    verb: 'show-tag' | 'push' | 'manifest' | 'export',
    description: string,
    flags = '',
  ): TargetConfiguration => ({
    executor: `${PLUGIN}:${verb}`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { package: packagePlace(source) },
    metadata: {
      technologies: ['linuxkit'],
      description,
      help: {
        command: `nx ${targetName(verb, naming)} ${nameOf(source)} ${flags}`.trim(),
        example: { options: {} },
      },
    },
  });
  return {
    [targetName('show-tag', naming)]: target(
      'show-tag',
      `Print the reference by which LinuxKit names ${image}`,
    ),
    [targetName('push', naming)]: {
      ...target('push', `Push ${image} under the tag that show-tag prints`),
      dependsOn: [targetName('build', naming)],
    },
    [targetName('manifest', naming)]: target(
      'manifest',
      `Write the index of ${image} anew, of the images that the registry has for each architecture`,
    ),
    [targetName('export', naming)]: {
      ...target('export', `Write ${image} to a file`, '--output-file=image.tar'),
      dependsOn: [targetName('build', naming)],
    },
  };
}

/** The name of the project; a project.json may name it otherwise. */
function nameOf(source: PackageImage): string {
  return packageProjectName(packagePlace(source));
}

function shell(source: PackageImage, image: string, naming: TargetNaming): ProjectConfiguration {
  const { folder, file } = source;
  return {
    name: nameOf(source),
    root: file === undefined ? folder : posix.join('.linuxkit/variants', folder, file),
    projectType: 'library',
    tags: ['linuxkit:package'],
    namedInputs: { [NAMED_INPUT]: [] },
    metadata: {
      technologies: ['linuxkit'],
      description: `Container image ${image}, from ${packagePlace(source)}`,
      targetGroups: { Package: VERBS.map((verb) => targetName(verb, naming)) },
    },
  };
}

function buildMetadata(
  source: PackageImage,
  { image }: DockerfilePackage,
  platforms: readonly string[],
  naming: TargetNaming,
): TargetConfiguration['metadata'] {
  return {
    technologies: ['linuxkit'],
    description: `Build the image ${image} for ${platforms.join(', ')}`,
    help: { command: `nx ${targetName('build', naming)} ${nameOf(source)}`, example: { options: {} } },
  };
}
