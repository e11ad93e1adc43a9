import type { ProjectConfiguration } from '@nx/devkit';
import type { OsPlan } from '@nx-linuxkit/stages/plan';
import type { SourceInputs } from './source-inputs.js';
import { osOptions, packageIds } from './os-options.js';
import { emptyNamedInputs, stageTarget } from './target.js';

/** The node of all that this OS alone has: its bundles and the plan of its initramfs. */
export function initramfsProject(
  plan: OsPlan,
  sources: SourceInputs,
  nxJson: Parameters<typeof emptyNamedInputs>[0],
): ProjectConfiguration {
  const packages = packageIds(plan);
  const root = `${plan.nodes}/initramfs`;
  return {
    name: `${plan.name}/initramfs`,
    root,
    tags: ['linuxkit:initramfs'],
    implicitDependencies: [
      ...plan.images.map(({ id }) => id),
      ...plan.containers.map(({ id }) => id),
      `${plan.name}/verify`,
    ],
    namedInputs: emptyNamedInputs(nxJson, sources.files),
    targets: {
      'oci-config': stageTarget({
        stage: 'oci-config',
        description: 'Make config.json and runtime.json of each container',
        options: { os: osOptions(plan), key: plan.keys.ociConfig },
        outputs: ['{projectRoot}/oci-config'],
        dependsOn: ['^pull', '^image'],
        files: packages,
      }),
      initramfs: stageTarget({
        stage: 'initramfs',
        description: 'Put the segments in order and make the one that only this OS has',
        options: { os: osOptions(plan), key: plan.keys.initramfs },
        outputs: ['{projectRoot}/initramfs'],
        dependsOn: ['oci-config', '^verify', '^segment', '^extract', ...sources.dependsOn],
        files: packages,
        inputs: sources.made,
        cache: !sources.unwatched,
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The initramfs of ${plan.name}` },
  };
}
