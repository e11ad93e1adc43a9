import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import type { ImageNode } from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { NO_NPM_PACKAGE, VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The node of one digest for one platform, or of a package: shared by every OS that uses it. */
export function imageProject(
  image: ImageNode,
  nxJson: Parameters<typeof emptyNamedInputs>[0],
): ProjectConfiguration {
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
        dependsOn: [first],
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `${what} for ${image.platform}` },
  };
}

/** Pins the Debian packages of a package folder anew. */
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
