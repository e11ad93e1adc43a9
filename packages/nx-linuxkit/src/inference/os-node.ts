import { posix } from 'node:path';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import {
  shortIdentity,
  fileNameOf,
  formats,
  planFormat,
  trustedReferences,
  type ImageNode,
  type OsIdentity,
  type OsPlan,
} from '@nx-linuxkit/stages/plan';
import { BUILD_FACTS, type BuildFacts } from '../build-facts.js';
import { PLUGIN } from '../options.js';
import { bootTargets } from './boot-targets.js';
import { formatInputs, osInput, osOptions } from './os-options.js';
import type { SourceInputs } from './source-inputs.js';
import { NAMED_INPUT, NO_NPM_PACKAGE, stageTarget } from './target.js';

/** The OS itself: every format, declared or not, so that a new entry in `outputs` changes no task's hash. */
export function osProject(plan: OsPlan, sources: SourceInputs): ProjectConfiguration {
  const documents = documentsOf(plan);
  return {
    name: plan.name,
    root: plan.root,
    projectType: 'application',
    tags: ['linuxkit:os'],
    implicitDependencies: [`${plan.name}/initramfs`],
    namedInputs: { [NAMED_INPUT]: osInput(sources) },
    targets: {
      // `nx affected` selects a task by its own inputs, so those of the formats are among them.
      build: {
        ...buildTarget(plan, plan.outputs, buildFacts(plan)),
        cache: !asksDocker(plan) && documents.inside && !sources.unwatched,
        // It makes none; without the word Nx would take all of `dist` for its own.
        outputs: [],
        inputs: [...formatInputs(plan, plan.outputs), ...documents.files],
      },
      ...Object.fromEntries(formats.map((format) => [format.name, formatTarget(plan, format.name, sources)])),
      ...bootTargets(plan, sources),
      lock: lockTarget(plan),
    },
    metadata: osMetadata(plan),
  };
}

function buildFacts(plan: OsPlan): BuildFacts {
  return { formats: plan.outputs, trusted: trustedReferences(plan.os), asksDocker: asksDocker(plan) };
}

/**
 * What `build` checks and says beside the keys of the formats, which its hash has already: the files that say which
 * formats there are, and those by which a user may replace its `dependsOn`. With them a build that finds
 * all in the cache is found there itself, and starts no process. Nx does not watch a file outside the workspace.
 */
function documentsOf({ os, file }: OsPlan) {
  const folder = posix.dirname(file);
  const manifests = ['project.json', 'package.json'].map((name) => posix.join(folder, name));
  const paths = [...new Set([file, ...os.documents, ...manifests])];
  return {
    inside: !paths.some((path) => path.startsWith('..')),
    files: paths.filter((path) => !path.startsWith('..')).map((path) => `{workspaceRoot}/${path}`),
  };
}

/** Then each build asks whether a tag moved there, and no cache can answer that. */
function asksDocker({ images }: OsPlan): boolean {
  return images.some(({ source }) => source.kind === 'pulled' && source.imageID !== undefined);
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
  return stageTarget({
    stage: 'format',
    description: `${description}: ${files(fileNameOf(plan.name)).join(', ')}`,
    key,
    options: { os: shortIdentity(plan), format },
    outputs: [`{workspaceRoot}/${plan.dist}/${format}`],
    dependsOn: ['^initramfs', ...extracts(loaders)],
    inputs: formatInputs(plan, [format]),
    cache: !sources.unwatched,
  });
}

/** The boot files of a format's loaders. */
function extracts(loaders: readonly ImageNode[]) {
  return loaders.map(({ id }) => ({ projects: [id], target: 'extract' }));
}

/**
 * An executor of ours and not a no-op: a `targetDefaults.build` of the workspace replaces the `dependsOn`,
 * and then the executor says so instead of succeeding with nothing built. The executor of the stages, whose batch it
 * ends: any other would be a process of its own, which takes half a second to start.
 */
export function buildTarget(
  os: OsIdentity,
  outputs: readonly string[],
  facts?: BuildFacts,
): TargetConfiguration {
  return {
    executor: `${PLUGIN}:stage`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    dependsOn: [...outputs],
    // Not the formats: options are hashed, and a new entry in `outputs` must not re-run the others.
    options: { stage: 'build', os: osOptions(os) },
    metadata: {
      technologies: ['linuxkit'],
      description: `Make every format that ${os.file} declares: ${outputs.join(', ')}`,
      help: help(`nx build ${os.name}`, {}),
      ...(facts && { [BUILD_FACTS]: facts }),
    },
  };
}

export function lockTarget(os: OsIdentity): TargetConfiguration {
  return {
    executor: `${PLUGIN}:lock`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
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
