import type { TargetConfiguration } from '@nx/devkit';
import { formats } from '@nx-linuxkit/formats';
import {
  formatTargetName,
  keyOf,
  planFormat,
  shortIdentity,
  targetName,
  type OsIdentity,
  type OsPlan,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { formatInputs } from './os-options.js';
import type { OsReads } from './os-reads.js';
import { NO_NPM_PACKAGE, outputAt, versionedKey } from './target.js';

/** The default of `--format`: the format that is quickest to make and to boot. */
export const QUICKEST = 'kernel+initrd';

/**
 * `boot`, `boot-test` and `dev` of a system; the first two are each one target for all formats: a target for each format would be a third of a
 * workspace's graph. The graph makes the default format; the executor makes another one itself.
 */
export function bootTargets(plan: OsPlan, read: OsReads): Record<string, TargetConfiguration> {
  return {
    [targetName('boot', plan.settings)]: bootTarget(plan),
    [targetName('boot-test', plan.settings)]: bootTestTarget(plan, read),
    [targetName('dev', plan.settings)]: devTarget(plan, plan.settings),
  };
}

function bootTarget(plan: OsPlan): TargetConfiguration {
  return {
    executor: `${PLUGIN}:boot`,
    cache: false,
    continuous: true,
    inputs: [NO_NPM_PACKAGE],
    dependsOn: [formatTargetName(QUICKEST, plan.settings)],
    options: { os: shortIdentity(plan), format: QUICKEST },
    metadata: metadata('Boot a format in QEMU with the console on the terminal', {
      command: `nx ${targetName('boot', plan.settings)} ${plan.name} --publish=8080:80`,
      example: { options: { memory: 1024 } },
    }),
  };
}

/** The target that boots a system and keeps the guest as the system's files are. */
export function devTarget(os: OsIdentity, naming: TargetNaming): TargetConfiguration {
  return {
    executor: `${PLUGIN}:dev`,
    cache: false,
    continuous: true,
    inputs: [NO_NPM_PACKAGE],
    dependsOn: [formatTargetName(QUICKEST, naming)],
    options: { os: shortIdentity(os) },
    metadata: metadata(
      'Boot the system and keep the guest as its files are, by replacing services or by a reboot',
      {
        command: `nx ${targetName('dev', naming)} ${os.name} --publish=8080:80`,
        example: { options: { publish: ['8080:80'] } },
      },
    ),
  };
}

function bootTestTarget(plan: OsPlan, read: OsReads): TargetConfiguration {
  const bootable = formats.filter(({ medium }) => medium !== undefined).map(({ name }) => name);
  const keys = bootable.map((format) => planFormat(plan, format).key);
  return {
    executor: `${PLUGIN}:boot-test`,
    cache: read.unwatched(bootable) === undefined,
    inputs: formatInputs(plan, bootable),
    outputs: [`${outputAt(plan.nodes)}/boot-test/{options.format}`],
    dependsOn: [formatTargetName(QUICKEST, plan.settings)],
    options: {
      os: shortIdentity(plan),
      format: QUICKEST,
      // Covers every format that `--format` may name.
      key: versionedKey('format', keyOf(keys)),
    },
    metadata: metadata('Boot a format in QEMU without a screen and check that it comes up', {
      command: `nx ${targetName('boot-test', plan.settings)} ${plan.name}`,
      example: { options: { expect: ['login:'] } },
    }),
  };
}

/** Nx Console shows `help` beside the target. */
function metadata(description: string, help: Record<string, unknown>): TargetConfiguration['metadata'] {
  return { technologies: ['linuxkit', 'qemu'], description, help } as TargetConfiguration['metadata'];
}
