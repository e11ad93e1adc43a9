import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, systemNodeName, targetName, type OsPlan } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import type { PackageWatch } from './watch/package-watch.js';
import { emptyNamedInputs, internalNode, ownOutput, stageTarget } from './target.js';

/** The node of the containers' configs. It is separate, so that a changed file or segment does not make them again. */
export function ociConfigProject(
  plan: OsPlan,
  packages: PackageWatch,
  nxJson: NxJsonConfiguration,
): ProjectConfiguration {
  const root = `${plan.nodes}/oci-config`;
  return {
    name: systemNodeName(plan.name, 'oci-config'),
    root,
    ...internalNode(),
    implicitDependencies: plan.images.map(({ id }) => id),
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      [targetName('oci-config', plan.settings)]: stageTarget({
        stage: 'oci-config',
        naming: plan.settings,
        description: 'Make config.json and runtime.json of each container',
        key: plan.keys['oci-config'],
        options: { os: shortIdentity(plan) },
        outputs: [ownOutput(root, 'oci-config')],
        unwatched: packages.unwatched(plan.images),
        files: packageIds(plan),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `How the containers of ${plan.name} run` },
  };
}
