import { posix } from 'node:path';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import {
  packagePlace,
  PLAIN_DOCKERFILE,
  targetName,
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

/** A package as its project shows it. */
export interface ShownPackage {
  readonly source: PackageImage;
  /** The name of the project; a project.json may name it otherwise. */
  readonly name: string;
  readonly naming: TargetNaming;
}

/** What the file that describes a package says of its image. */
interface Described {
  readonly image: string;
}

/** The verbs of a package's project. */
const VERBS = ['build', 'lock', 'show-tag', 'push', 'manifest', 'export'] as const;

/**
 * The project of a package at its folder. Its images are nodes of their own, one for each platform, so that a target added
 * here re-runs none of them.
 */
export function packageProject(
  shown: ShownPackage,
  found: Described,
  nodes: readonly ImageNode[],
  packages: PackageWatch,
): ProjectConfiguration {
  const { source, name, naming } = shown;
  const unwatched = packages.unwatched(nodes);
  return {
    ...shell(shown, found.image),
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
          shown,
          found,
          nodes.map(({ platform }) => platform),
        ),
      },
      ...packageLockTarget(source, name, naming),
      ...publishTargets(shown, found),
    },
  };
}

/** The project of a package that is not locked, or that Nx cannot watch: one uncached task locks and builds it. */
export function wholePackageProject(
  shown: ShownPackage,
  found: Described,
  platforms: readonly string[],
  unwatched?: string,
): ProjectConfiguration {
  const { source, name, naming } = shown;
  return {
    ...shell(shown, found.image),
    targets: {
      [targetName('build', naming)]: {
        executor: `${PLUGIN}:package`,
        cache: false,
        inputs: [NO_NPM_PACKAGE],
        options: { package: packagePlace(source), platforms: [...platforms], ...uncached(unwatched) },
        metadata: buildMetadata(shown, found, platforms),
      },
      ...packageLockTarget(source, name, naming),
      ...publishTargets(shown, found),
    },
  };
}

/** The project of a package that cannot be read: its targets fail with the reason. */
export function invalidPackageProject(shown: ShownPackage, error: unknown): ProjectConfiguration {
  const { source, name, naming } = shown;
  const target: TargetConfiguration = {
    executor: `${PLUGIN}:invalid`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { message: withoutTokens(describe(error)) },
    metadata: { technologies: ['linuxkit'], description: `${packagePlace(source)} cannot be read` },
  };
  return {
    ...shell(shown, name),
    targets: Object.fromEntries(VERBS.map((verb) => [targetName(verb, naming), target])),
  };
}

/** The targets that name and publish a package. Nothing caches them: the registry and git are no inputs. */
function publishTargets(
  { source, name, naming }: ShownPackage,
  { image }: Described,
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
        command: `nx ${targetName(verb, naming)} ${name} ${flags}`.trim(),
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

function shell({ source, name, naming }: ShownPackage, image: string): ProjectConfiguration {
  const { folder, file } = source;
  const isVariant = file !== undefined && file !== PLAIN_DOCKERFILE;
  return {
    name,
    root: isVariant ? posix.join('.linuxkit/variants', folder, file) : folder,
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
  { name, naming }: ShownPackage,
  { image }: Described,
  platforms: readonly string[],
): TargetConfiguration['metadata'] {
  return {
    technologies: ['linuxkit'],
    description: `Build the image ${image} for ${platforms.join(', ')}`,
    help: { command: `nx ${targetName('build', naming)} ${name}`, example: { options: {} } },
  };
}
