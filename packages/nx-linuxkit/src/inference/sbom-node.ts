import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import { shortIdentity, systemNodeName, targetName, type OsPlan } from '@nx-linuxkit/stages/plan';
import { environmentInputs, packageIds } from './os-options.js';
import type { PackageWatch } from './watch/package-watch.js';
import { emptyNamedInputs, internalNode, ownOutput, stageTarget } from './target.js';

/**
 * The node of a system's bill of materials; none without the option `sbom`. It is separate, so that a changed stanza or
 * file does not make the document again.
 */
export function sbomProjects(
  plan: OsPlan,
  packages: PackageWatch,
  nxJson: NxJsonConfiguration,
): ProjectConfiguration[] {
  if (!plan.sbom) return [];
  const root = `${plan.nodes}/sbom`;
  const project: ProjectConfiguration = {
    name: systemNodeName(plan.name, 'sbom'),
    root,
    ...internalNode(),
    implicitDependencies: plan.images.map(({ id }) => id),
    namedInputs: emptyNamedInputs(nxJson, environmentInputs(plan.os)),
    targets: {
      [targetName('sbom', plan.settings)]: stageTarget({
        stage: 'sbom',
        naming: plan.settings,
        description: 'Join what is known of all images into one SPDX document',
        key: plan.keys.sbom,
        options: { os: shortIdentity(plan) },
        outputs: [ownOutput(root, 'sbom')],
        unwatched: packages.unwatched(plan.images),
        files: packageIds(plan),
      }),
    },
    metadata: { technologies: ['linuxkit'], description: `The bill of materials of ${plan.name}` },
  };
  return [project];
}
