import type { NxJsonConfiguration, ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { stagesReadBy, type ImageNode } from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { NO_NPM_PACKAGE, VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The node of a pinned image for one platform, or of a package. Every system that uses the image shares it. */
export function imageProject(image: ImageNode, nxJson: NxJsonConfiguration): ProjectConfiguration {
  const { source } = image;
  const what = source.kind === 'pulled' ? source.from : source.folder;
  const files = source.kind === 'package' && !source.pinned ? [`{workspaceRoot}/${source.folder}/**/*`] : [];
  const origin =
    source.kind === 'pulled'
      ? stageTarget({
          stage: 'pull',
          description: `Fetch the manifest, config and layers of ${what} and verify their digests`,
          options: { image },
          outputs: ['{projectRoot}/pull'],
        })
      : stageTarget({
          stage: 'image',
          description: `Make the image of ${what}`,
          options: { image },
          outputs: ['{projectRoot}/image'],
        });
  const first = source.kind === 'pulled' ? 'pull' : 'image';
  return {
    name: image.id,
    root: image.root,
    ...VIRTUAL,
    tags: ['linuxkit:image'],
    namedInputs: emptyNamedInputs(nxJson, files),
    targets: {
      [first]: origin,
      ...(source.kind === 'package' ? { lock: packageLockTarget(source.folder, image.id) } : {}),
      extract: stageTarget({
        stage: 'extract',
        description: `Flatten the layers of ${what} into one tree`,
        options: { image },
        outputs: ['{projectRoot}/extract'],
        // Only one of the stages that it reads brings this image, and that one has its target in this node.
        dependsOn: stagesReadBy('extract').filter((name) => name === first),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `${what} for ${image.platform}` },
  };
}

/** The target that pins the Debian packages of a package folder again. */
function packageLockTarget(folder: string, name: string): TargetConfiguration {
  return {
    executor: `${PLUGIN}:lock`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { folder },
    metadata: {
      technologies: ['linuxkit', 'debian'],
      description: `Pin the Debian packages of ${folder} to their current versions`,
      help: { command: `nx lock ${name}`, example: { options: {} } },
    },
  };
}
