import type { NxJsonConfiguration, ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { stagesReadBy, targetName, type ImageNode, type TargetNaming } from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
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
        });
  const first = source.kind === 'pulled' ? 'pull' : 'image';
  return {
    name: image.id,
    root: image.root,
    ...internalNode(),
    namedInputs: emptyNamedInputs(nxJson, packages.inputs(image)),
    targets: {
      [targetName(first, naming)]: origin,
      ...(source.kind === 'package'
        ? { ...packageLockTarget(source.folder, image.id, naming), ...exportTarget(image, what, naming) }
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

/** The target that pins the Debian packages of a package folder again. */
function packageLockTarget(
  folder: string,
  name: string,
  naming: TargetNaming,
): Record<string, TargetConfiguration> {
  const lock = targetName('lock', naming);
  return {
    [lock]: {
      executor: `${PLUGIN}:lock`,
      cache: false,
      inputs: [NO_NPM_PACKAGE],
      options: { folder },
      metadata: {
        technologies: ['linuxkit', 'debian'],
        description: `Pin the Debian packages of ${folder} to their current versions`,
        help: { command: `nx ${lock} ${name}`, example: { options: {} } },
      },
    },
  };
}
