import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { formats, planFormat, type OsIdentity, type OsPlan } from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { formatInputs, osOptions } from './os-options.js';
import type { SourceInputs } from './source-inputs.js';
import { VIRTUAL, emptyNamedInputs, versionOf } from './target.js';

type BootParameters = [format: string, dependsOn?: TargetConfiguration['dependsOn']];

/** What `nx boot my-os` starts: the format that is quickest to make and to boot. */
const QUICKEST = 'kernel+initrd';

/** `boot` and `boot-test` of the OS node. */
export function bootTargets(plan: OsPlan, sources: SourceInputs): Record<string, TargetConfiguration> {
  return {
    boot: withHelp(bootTarget(plan, QUICKEST), `nx boot ${plan.name} --publish=8080:80`, { memory: 1024 }),
    'boot-test': withHelp(bootTestTarget(plan, sources, QUICKEST), `nx boot-test ${plan.name}`, {
      expect: ['login:'],
    }),
  };
}

/** For people: a target for each format has the same options. */
function withHelp(
  target: TargetConfiguration,
  command: string,
  options: Record<string, unknown>,
): TargetConfiguration {
  const help = { command, example: { options } };
  return { ...target, metadata: { ...target.metadata, technologies: ['linuxkit', 'qemu'], help } };
}

/** `my-os/boot` and `my-os/boot-test`: the same for each format. */
export function bootProjects(
  plan: OsPlan,
  sources: SourceInputs,
  nxJson: Parameters<typeof emptyNamedInputs>[0],
): ProjectConfiguration[] {
  const kinds = [
    ['boot', bootTarget],
    ['boot-test', (os: OsPlan, ...rest: BootParameters) => bootTestTarget(os, sources, ...rest)],
  ] as const;
  return kinds.map(([kind, target]) => ({
    name: `${plan.name}/${kind}`,
    root: `${plan.nodes}/${kind}`,
    ...VIRTUAL,
    tags: [`linuxkit:${kind}`],
    implicitDependencies: [plan.name],
    namedInputs: emptyNamedInputs(nxJson),
    targets: Object.fromEntries(
      bootableFormats().map((format) => [
        format,
        target(plan, format, [{ projects: [plan.name], target: format }]),
      ]),
    ),
    metadata: {
      technologies: ['linuxkit', 'qemu'],
      description: `${kind} of ${plan.name}, a target for each format`,
    },
  }));
}

function bootableFormats(): string[] {
  return formats.filter(({ boots }) => boots !== undefined).map(({ name }) => name);
}

function bootTarget(
  os: OsIdentity,
  format: string,
  dependsOn: TargetConfiguration['dependsOn'] = [format],
): TargetConfiguration {
  return {
    executor: `${PLUGIN}:boot`,
    cache: false,
    continuous: true,
    inputs: [{ externalDependencies: [] }],
    dependsOn,
    options: { os: osOptions(os), format },
    metadata: { description: `Boot ${format} in QEMU with the console on the terminal` },
  };
}

function bootTestTarget(
  plan: OsPlan,
  sources: SourceInputs,
  format: string,
  dependsOn: TargetConfiguration['dependsOn'] = [format],
): TargetConfiguration {
  return {
    executor: `${PLUGIN}:boot-test`,
    cache: !sources.unwatched,
    inputs: formatInputs(plan, sources, [format]),
    outputs: [`{workspaceRoot}/${plan.nodes}/boot-test/${format}`],
    dependsOn,
    // Of all that the format is made by: this node has no stage whose version its hash would cover.
    options: { os: osOptions(plan), format, key: `${planFormat(plan, format).key} ${versionOf('format')}` },
    metadata: { description: `Boot ${format} in QEMU without a screen and check that it comes up` },
  };
}
