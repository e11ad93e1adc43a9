import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import { environmentInputs } from './os-options.js';
import { filesetOf } from './watch/glob.js';
import { VIRTUAL, emptyNamedInputs, ownOutput, stageTarget } from './target.js';

/** The node of the check of signatures. It is separate, so that a changed stanza or file does not repeat the check. */
export function verifyProject(plan: OsPlan, nxJson: NxJsonConfiguration): ProjectConfiguration {
  const root = `${plan.nodes}/verify`;
  return {
    name: `${plan.name}/verify`,
    root,
    ...VIRTUAL,
    tags: ['linuxkit:verify'],
    // Depends on every image, so that a disk error is reported once, by the pulls.
    implicitDependencies: plan.images.map(({ id }) => id),
    // The key holds their bytes too; as inputs they are what `nx affected` asks about.
    namedInputs: emptyNamedInputs(nxJson, [...signatureFiles(plan), ...environmentInputs(plan.os)]),
    targets: {
      verify: stageTarget({
        stage: 'verify',
        description: 'Check the signatures of the images that the lock pins',
        key: plan.keys.verify,
        options: { os: shortIdentity(plan) },
        outputs: [ownOutput(root, 'verify')],
        // Packages have no signatures: this only keeps the order.
        alsoAfter: ['^image'],
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The images that ${plan.name} trusts` },
  };
}

/** The files that the check of signatures reads: keys, trusted roots, the evidence beside the lock. */
export function signatureFiles({ signatures }: OsPlan): string[] {
  return (signatures?.files ?? []).map((file) => filesetOf(file));
}
