import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, systemNodeName, targetName, type OsPlan } from '@nx-linuxkit/stages/plan';
import { filesetOf } from './watch/glob.js';
import { emptyNamedInputs, internalNode, ownOutput, stageTarget } from './target.js';

/** The node of the check of signatures. It is separate, so that a changed stanza or file does not repeat the check. */
export function verifyProject(plan: OsPlan, nxJson: NxJsonConfiguration): ProjectConfiguration {
  const root = `${plan.nodes}/verify`;
  return {
    name: systemNodeName(plan.name, 'verify'),
    root,
    ...internalNode(),
    // Depends on every image, so that a disk error is reported once, by the pulls.
    implicitDependencies: plan.images.map(({ id }) => id),
    // The key holds their bytes too; as inputs they are what `nx affected` asks about.
    namedInputs: emptyNamedInputs(nxJson, signatureFiles(plan)),
    targets: {
      [targetName('verify', plan.settings)]: stageTarget({
        stage: 'verify',
        naming: plan.settings,
        description: 'Check the signatures of the images that the lock pins',
        key: plan.keys.verify,
        options: { os: shortIdentity(plan) },
        outputs: [ownOutput(root, 'verify')],
        // Packages have no signatures: this only keeps the order.
        alsoAfter: [`^${targetName('image', plan.settings)}`],
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The images that ${plan.name} trusts` },
  };
}

/** The files that the check of signatures reads: keys, trusted roots, the evidence beside the lock. */
export function signatureFiles({ signatures }: OsPlan): string[] {
  return (signatures?.files ?? []).map((file) => filesetOf(file));
}
