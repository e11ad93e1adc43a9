import { posix } from 'node:path';
import type { NxJsonConfiguration, ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import {
  stagesReadBy,
  targetName,
  type ImageNode,
  type PackageImage,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { inDaemon } from './watch/in-daemon.js';
import type { PackageWatch } from './watch/package-watch.js';
import { NO_NPM_PACKAGE, emptyNamedInputs, internalNode, ownOutput, stageTarget } from './target.js';

/** The node of a pinned image for one platform, or of a package. Every system that uses the image shares it. */
export function imageProject(
  image: ImageNode,
  packages: PackageWatch,
  nxJson: NxJsonConfiguration,
  naming: TargetNaming,
): ProjectConfiguration {
  const { source } = image;
  const what = source.kind === 'pulled' ? source.from : source.folder;
  const unwatched = packages.unwatched([image]);
  const bases = source.kind === 'package' ? (source.dockerfile?.bases ?? []) : [];
  const origin =
    source.kind === 'pulled'
      ? stageTarget({
          stage: 'pull',
          naming,
          description: `Fetch the manifest, config and layers of ${what} and verify their digests`,
          options: { image },
          outputs: [ownOutput(image.root, 'pull')],
        })
      : stageTarget({
          stage: 'image',
          naming,
          description: `Make the image of ${what}`,
          options: { image },
          outputs: [ownOutput(image.root, 'image')],
          unwatched,
          says: true,
          // The key has modes, symlinks and empty folders, which a daemon overlooks.
          runsAlways: source.dockerfile !== undefined && inDaemon(),
          // An image of Debian packages is built on no other.
          dependsOn:
            bases.length > 0
              ? (['pull', 'image'] as const).map((name) => `^${targetName(name, naming)}`)
              : [],
        });
  const first = source.kind === 'pulled' ? 'pull' : 'image';
  return {
    name: image.id,
    root: image.root,
    ...internalNode(),
    ...(bases.length > 0 && {
      implicitDependencies: [...new Set(bases.map(({ image: { id } }) => id))].sort(),
    }),
    namedInputs: emptyNamedInputs(nxJson, packages.inputs(image)),
    targets: {
      [targetName(first, naming)]: origin,
      ...(source.kind === 'package'
        ? { ...packageLockTarget(source, image.id, naming), ...exportTarget(image, what, naming) }
        : {}),
      [targetName('extract', naming)]: stageTarget({
        stage: 'extract',
        naming,
        description: `Flatten the layers of ${what} into one tree`,
        options: { image },
        outputs: [ownOutput(image.root, 'extract')],
        unwatched,
        // Only one of the stages that it reads brings this image, and that one has its target in this node.
        dependsOn: stagesReadBy('extract').flatMap((name) =>
          name === first ? targetName(name, naming) : [],
        ),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `${what} for ${image.platform}` },
  };
}

/** The target that writes the image of a package to a file. */
function exportTarget(
  image: ImageNode,
  what: string,
  naming: TargetNaming,
): Record<string, TargetConfiguration> {
  const name = targetName('export', naming);
  return {
    [name]: {
      executor: `${PLUGIN}:export`,
      cache: false,
      inputs: [NO_NPM_PACKAGE],
      dependsOn: [targetName('image', naming)],
      options: { image },
      metadata: {
        technologies: ['linuxkit', 'oci'],
        description: `Write the image of ${what} to a file`,
        help: { command: `nx ${name} ${image.id} --output-file=image.tar`, example: { options: {} } },
      },
    },
  };
}

/** The target that pins again what the image of a package is made of. */
export function packageLockTarget(
  { folder, file }: PackageImage,
  name: string,
  naming: TargetNaming,
): Record<string, TargetConfiguration> {
  const place = file === undefined ? folder : posix.join(folder, file);
  const lock = targetName('lock', naming);
  return {
    [lock]: {
      executor: `${PLUGIN}:lock`,
      cache: false,
      inputs: [NO_NPM_PACKAGE],
      options: { folder: place },
      metadata: {
        technologies: ['linuxkit', 'debian'],
        description: `Pin what the image of ${place} is made of to its current versions`,
        help: { command: `nx ${lock} ${name}`, example: { options: {} } },
      },
    },
  };
}

/** An image and all images that its Dockerfile, and theirs, are built on. */
export function withBases(image: ImageNode): ImageNode[] {
  const { source } = image;
  const bases = source.kind === 'package' ? (source.dockerfile?.bases ?? []) : [];
  return [image, ...bases.flatMap((base) => withBases(base.image))];
}
