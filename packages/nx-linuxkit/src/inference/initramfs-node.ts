import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import {
  shortIdentity,
  stagesReadBy,
  systemNodeName,
  targetName,
  type OsPlan,
} from '@nx-linuxkit/stages/plan';
import type { SourceInputs } from './source-inputs.js';
import { environmentInputs, packageIds } from './os-options.js';
import type { PackageWatch } from './watch/package-watch.js';
import { emptyNamedInputs, internalNode, ownOutput, stageInputs, stageTarget } from './target.js';

/** The node of the initramfs: the order of its segments, and the segment that only this system has. */
export function initramfsProject(
  plan: OsPlan,
  sources: SourceInputs,
  packages: PackageWatch,
  nxJson: NxJsonConfiguration,
): ProjectConfiguration {
  const root = `${plan.nodes}/initramfs`;
  return {
    name: systemNodeName(plan.name, 'initramfs'),
    root,
    ...internalNode(),
    implicitDependencies: [
      // Each segment brings its image. One image may be at one place twice.
      ...new Set(plan.segments.map(({ id }) => id)),
      systemNodeName(plan.name, 'oci-config'),
      systemNodeName(plan.name, 'verify'),
      ...(plan.sbom ? [systemNodeName(plan.name, 'sbom')] : []),
    ],
    namedInputs: emptyNamedInputs(nxJson, [...sources.files, ...environmentInputs(plan.os)]),
    targets: {
      [targetName('initramfs', plan.settings)]: stageTarget({
        stage: 'initramfs',
        naming: plan.settings,
        description: 'Put the segments in order and make the one that only this OS has',
        key: plan.keys.initramfs,
        // No node has the target where the option `sbom` is off.
        dependsOn: stagesReadBy('initramfs')
          .filter((stage) => stage !== 'sbom' || plan.sbom)
          .map((stage) => `^${targetName(stage, plan.settings)}`),
        options: { os: shortIdentity(plan) },
        outputs: [ownOutput(root, 'initramfs')],
        alsoAfter: sources.dependsOn,
        inputs: stageInputs(packageIds(plan), sources.made),
        unwatched: sources.unwatched ?? packages.unwatched(plan.images),
        says: sources.unwatched !== undefined,
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The initramfs of ${plan.name}` },
  };
}
