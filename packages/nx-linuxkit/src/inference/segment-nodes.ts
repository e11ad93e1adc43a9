import type { ProjectConfiguration } from '@nx/devkit';
import type { ContainerNode } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import { VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The node of an image at a place of an initramfs: shared by every OS that has it there. */
export function segmentProject(
  { id, root, image, segment }: ContainerNode,
  nxJson: Parameters<typeof emptyNamedInputs>[0],
): ProjectConfiguration {
  const place = segment.at === '' ? segment.section : segment.at;
  return {
    name: id,
    root,
    ...VIRTUAL,
    tags: ['linuxkit:segment'],
    implicitDependencies: [image.id],
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      segment: stageTarget({
        stage: 'segment',
        description: `Make the initramfs segment of ${image.id} at ${place}`,
        options: { image, segment, root },
        outputs: ['{projectRoot}/segment'],
        dependsOn: ['^extract'],
        files: packageIds({ images: [image] }),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `${image.id} at ${place}` },
  };
}
