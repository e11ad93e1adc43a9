import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { targetName, type SegmentNode, type TargetNaming } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import type { PackageWatch } from './watch/package-watch.js';
import { emptyNamedInputs, internalNode, ownOutput, stageTarget } from './target.js';

/** The node of an image at a place of an initramfs. Every system that has the image there shares it. */
export function segmentProject(
  { id, root, image, plan }: SegmentNode,
  packages: PackageWatch,
  nxJson: NxJsonConfiguration,
  naming: TargetNaming,
): ProjectConfiguration {
  const place = plan.at === '' ? plan.section : plan.at;
  return {
    name: id,
    root,
    ...internalNode(),
    implicitDependencies: [image.id],
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      [targetName('segment', naming)]: stageTarget({
        stage: 'segment',
        naming,
        description: `Make the initramfs segment of ${image.id} at ${place}`,
        options: { image, segment: plan, root },
        outputs: [ownOutput(root, 'segment')],
        unwatched: packages.unwatched([image]),
        files: packageIds({ images: [image] }),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `${image.id} at ${place}` },
  };
}
