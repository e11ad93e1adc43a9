import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, trustedReferences, type OsPlan } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import { VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The node of the check of signatures. It is separate, so that a changed stanza or file does not repeat the check. */
export function verifyProject(plan: OsPlan, nxJson: NxJsonConfiguration): ProjectConfiguration {
  return {
    name: `${plan.name}/verify`,
    root: `${plan.nodes}/verify`,
    ...VIRTUAL,
    tags: ['linuxkit:verify'],
    // Depends on every image, so that a disk error is reported once, by the pulls.
    implicitDependencies: plan.images.map(({ id }) => id),
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      verify: stageTarget({
        stage: 'verify',
        description: 'Check the signatures of the images that `trust` names',
        key: plan.keys.verify,
        options: { os: shortIdentity(plan) },
        outputs: ['{projectRoot}/verify'],
        // Packages have no signatures: this only keeps the order.
        alsoAfter: ['^image'],
        files: packageIds({ images: trustedReferences(plan.os).map(plan.imageOf) }),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The images that ${plan.name} trusts` },
  };
}
