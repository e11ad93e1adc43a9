import type { ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, trustedReferences, type OsPlan } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import { VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The check of signatures: a node of its own, so that a stanza or a file that changes does not repeat it. */
export function verifyProject(
  plan: OsPlan,
  nxJson: Parameters<typeof emptyNamedInputs>[0],
): ProjectConfiguration {
  return {
    name: `${plan.name}/verify`,
    root: `${plan.nodes}/verify`,
    ...VIRTUAL,
    tags: ['linuxkit:verify'],
    // All, not those that `trust` names: a disk that refuses fails the pulls first, and says so once.
    implicitDependencies: plan.images.map(({ id }) => id),
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      verify: stageTarget({
        stage: 'verify',
        description: 'Check the signatures of the images that `trust` names',
        key: plan.keys.verify,
        options: { os: shortIdentity(plan) },
        outputs: ['{projectRoot}/verify'],
        dependsOn: ['^pull', '^image'],
        files: packageIds({ images: trustedReferences(plan.os).map(plan.imageOf) }),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The images that ${plan.name} trusts` },
  };
}
