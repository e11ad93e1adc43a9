import type { ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import { packageIds } from './os-options.js';
import { VIRTUAL, emptyNamedInputs, stageTarget } from './target.js';

/** The containers' configs: a node of their own, so that a file or a segment that changes does not repeat them. */
export function ociConfigProject(
  plan: OsPlan,
  nxJson: Parameters<typeof emptyNamedInputs>[0],
): ProjectConfiguration {
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
        key: plan.keys.ociConfig,
        options: { os: shortIdentity(plan) },
        outputs: ['{projectRoot}/oci-config'],
        dependsOn: ['^pull', '^image'],
        files: packageIds(plan),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `How the containers of ${plan.name} run` },
  };
}
