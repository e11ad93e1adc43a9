import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, trustedReferences, type OsPlan } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import type { PackageWatch } from './watch/package-watch.js';
import { VIRTUAL, emptyNamedInputs, ownOutput, stageTarget } from './target.js';

/** The node of the check of signatures. It is separate, so that a changed stanza or file does not repeat the check. */
export function verifyProject(
  plan: OsPlan,
  packages: PackageWatch,
  nxJson: NxJsonConfiguration,
): ProjectConfiguration {
  const root = `${plan.nodes}/verify`;
  const trusted = trustedReferences(plan.os).map(plan.imageOf);
  return {
    name: `${plan.name}/verify`,
    root,
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
        outputs: [ownOutput(root, 'verify')],
        unwatched: packages.unwatched(trusted),
        // Packages have no signatures: this only keeps the order.
        alsoAfter: ['^image'],
        files: packageIds({ images: trusted }),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The images that ${plan.name} trusts` },
  };
}
