import type { ProjectConfiguration } from '@nx/devkit';
import type { ContainerNode } from '@nx-linuxkit/stages/plan';
import { VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The node of an image's first place in an OS: its part of the initramfs. */
export function containerProject(
  { id, root, image, segment, location }: ContainerNode,
  nxJson: Parameters<typeof emptyNamedInputs>[0],
): ProjectConfiguration {
  return {
    name: id,
    root,
    ...VIRTUAL,
    tags: ['linuxkit:container'],
    implicitDependencies: [image.id],
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      segment: stageTarget({
        stage: 'segment',
        description: `Make the initramfs segment of ${location}`,
        options: { image, segment, root },
        outputs: ['{projectRoot}/segment'],
        dependsOn: ['^extract'],
        files: image.source.kind === 'package' ? [image.id] : [],
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `${location} of ${id.slice(0, id.indexOf('/'))}` },
  };
}
