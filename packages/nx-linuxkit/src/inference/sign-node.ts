import type { NxJsonConfiguration, ProjectConfiguration } from '@nx/devkit';
import {
  nodesFolder,
  shortIdentity,
  systemNodeName,
  targetName,
  type OsIdentity,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { PLUGIN, type SigningOptions } from '../options.js';
import { NO_NPM_PACKAGE, emptyNamedInputs, internalNode } from './target.js';

/**
 * The node that signs a system's formats, with the option `sign` only. It is a node of its own, because Nx hashes the
 * options of all targets of a project into each of its tasks, and a new key must not re-run a format. Nothing caches it:
 * the key is no input, and a signature that is there stays. `after` are the targets of the system that make the formats.
 */
export function signProject(
  os: OsIdentity,
  sign: SigningOptions,
  after: readonly string[],
  nxJson: NxJsonConfiguration,
  naming: TargetNaming,
): ProjectConfiguration {
  const name = systemNodeName(os.name, 'sign');
  const target = targetName('sign', naming);
  const { key, keyVariable, passwordFile, passwordVariable } = sign;
  return {
    name,
    root: `${nodesFolder(os.name)}/sign`,
    ...internalNode(),
    implicitDependencies: [os.name],
    namedInputs: emptyNamedInputs(nxJson),
    targets: {
      [target]: {
        executor: `${PLUGIN}:sign`,
        cache: false,
        inputs: [NO_NPM_PACKAGE],
        dependsOn: after.map((made) => `^${made}`),
        options: { os: shortIdentity(os), key, keyVariable, passwordFile, passwordVariable },
        metadata: {
          technologies: ['linuxkit'],
          description: `Sign every format that ${os.file} declares`,
          help: { command: `nx ${target} ${name}`, example: { options: { formats: ['iso-efi'] } } },
        },
      },
    },
    metadata: { technologies: ['linuxkit'], description: `The signatures of ${os.name}` },
  };
}
