import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import {
  fileNameOf,
  formats,
  planFormat,
  type ImageNode,
  type OsIdentity,
  type OsPlan,
} from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { bootTargets } from './boot-node.js';
import { formatInputs, osOptions } from './os-options.js';
import type { SourceInputs } from './source-inputs.js';
import { NAMED_INPUT, stageTarget } from './target.js';

/** The OS itself: every format, declared or not, so that a new entry in `outputs` changes no task's hash. */
export function osProject(plan: OsPlan, sources: SourceInputs): ProjectConfiguration {
  return {
    name: plan.name,
    root: plan.root,
    projectType: 'application',
    tags: ['linuxkit:os'],
    implicitDependencies: [`${plan.name}/initramfs`],
    namedInputs: { [NAMED_INPUT]: [] },
    targets: {
      // `nx affected` selects a task by its own inputs, so these are those of the formats.
      build: {
        ...buildTarget(plan, plan.outputs),
        inputs: [...formatInputs(plan, sources, plan.outputs), ...extendedFiles(plan)],
      },
      ...Object.fromEntries(formats.map((format) => [format.name, formatTarget(plan, format.name, sources)])),
      ...bootTargets(plan, sources),
      lock: lockTarget(plan),
    },
    metadata: osMetadata(plan),
  };
}

/**
 * Files that the YAML extends: `nx affected` finds what an edit touches by the inputs of targets. Only `build`
 * has them, which is never cached, because the tasks' keys say already what such a file changes.
 */
function extendedFiles({ os, file }: OsPlan): string[] {
  const files = os.documents.filter((document) => document !== file && !document.startsWith('..'));
  return files.map((path) => `{workspaceRoot}/${path}`);
}

export function osMetadata({ name, file, platform }: OsIdentity): ProjectConfiguration['metadata'] {
  return {
    technologies: ['linuxkit'],
    description: `Bootable Linux system ${name} for ${platform}, from ${file}`,
    targetGroups: {
      'Operating system': ['build', 'boot', 'boot-test', 'lock'],
      Formats: formats.map((format) => format.name),
    },
  };
}

function formatTarget(plan: OsPlan, format: string, sources: SourceInputs): TargetConfiguration {
  const { description, files } = formats.find(({ name }) => name === format) as (typeof formats)[number];
  const { key, loaders } = planFormat(plan, format);
  const target = stageTarget({
    stage: 'format',
    description: `${description}: ${files(fileNameOf(plan.name)).join(', ')}`,
    options: { os: osOptions(plan), key, format },
    outputs: [`{workspaceRoot}/${plan.dist}/${format}`],
    dependsOn: ['^initramfs', ...extracts(loaders)],
    inputs: formatInputs(plan, sources, [format]),
    cache: !sources.unwatched,
  });
  return { ...target, metadata: { ...target.metadata, help: help(`nx ${format} ${plan.name}`, {}) } };
}

/** The boot files of a format's loaders. */
function extracts(loaders: readonly ImageNode[]) {
  return loaders.map(({ id }) => ({ projects: [id], target: 'extract' }));
}

/**
 * An executor of ours and not a no-op: a `targetDefaults.build` of the workspace replaces the `dependsOn`,
 * and then the executor says so instead of succeeding with nothing built.
 */
export function buildTarget(os: OsIdentity, outputs: readonly string[]): TargetConfiguration {
  return {
    executor: `${PLUGIN}:build`,
    cache: false,
    inputs: [{ externalDependencies: [] }],
    dependsOn: [...outputs],
    // Not the formats: options are hashed, and a new entry in `outputs` must not re-run the others.
    options: { os: osOptions(os), graph: true },
    metadata: {
      technologies: ['linuxkit'],
      description: `Make every format that ${os.file} declares: ${outputs.join(', ')}`,
      help: help(`nx build ${os.name}`, {}),
    },
  };
}

export function lockTarget(os: OsIdentity): TargetConfiguration {
  return {
    executor: `${PLUGIN}:lock`,
    cache: false,
    inputs: [{ externalDependencies: [] }],
    options: { file: os.file },
    metadata: {
      technologies: ['linuxkit'],
      description: 'Pin every image reference to its digest in the lock file',
      help: help(`nx lock ${os.name} --update`, { update: true }),
    },
  };
}

/** What Nx Console shows beside a target. */
function help(command: string, options: Record<string, unknown>) {
  return { command, example: { options } };
}
