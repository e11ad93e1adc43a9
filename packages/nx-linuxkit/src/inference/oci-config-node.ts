import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import { VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The node of the containers' configs. It is separate, so that a changed file or segment does not make them again. */
export function ociConfigProject(plan: OsPlan, nxJson: NxJsonConfiguration): ProjectConfiguration {
  return {
    name: `${plan.name}/oci-config`,
    root: `${plan.nodes}/oci-config`,
    ...VIRTUAL,
    tags: ['linuxkit:oci-config'],
    implicitDependencies: plan.images.map(({ id }) => id),
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      'oci-config': stageTarget({
        stage: 'oci-config',
        description: 'Make config.json and runtime.json of each container',
        key: plan.keys['oci-config'],
        options: { os: shortIdentity(plan) },
        outputs: ['{projectRoot}/oci-config'],
        files: packageIds(plan),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `How the containers of ${plan.name} run` },
  };
}
