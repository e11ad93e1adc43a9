import { posix } from 'node:path';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { fileNames, formatNames, formats, type Format } from '@nx-linuxkit/formats';
import {
  fileNameOf,
  formatTargetName,
  loaderImages,
  planFormat,
  privilegesFile,
  shortIdentity,
  systemNodeName,
  targetName,
  uncheckedReferences,
  type ImageNode,
  type OsIdentity,
  type OsPlan,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { BUILD_SUMMARY, type BuildSummary } from '../build-summary.js';
import { PLUGIN } from '../options.js';
import { bootTargets } from './boot-targets.js';
import { VERIFY_RUN } from '../verify-run.js';
import { formatInputs, osInput, osOptions } from './os-options.js';
import type { OsReads } from './os-reads.js';
import { reportKinds, reportTargets } from './report-targets.js';
import { filesetOf } from './watch/glob.js';
import { NAMED_INPUT, NO_NPM_PACKAGE, outputAt, stageTarget } from './target.js';
import { signatureFiles } from './verify-node.js';

/**
 * The node of the system itself. It has every format, declared or not, so that a new entry in `outputs` changes no
 * hash.
 */
export function osProject(plan: OsPlan, read: OsReads): ProjectConfiguration {
  const naming = plan.settings;
  return {
    name: plan.name,
    root: plan.root,
    projectType: 'application',
    tags: ['linuxkit:os'],
    implicitDependencies: [
      systemNodeName(plan.name, 'initramfs'),
      // The edges of what `extracts` names, because Nx draws none for `dependsOn`.
      ...loaderImages(plan).map(({ id }) => id),
    ],
    namedInputs: { [NAMED_INPUT]: osInput(read.sources, plan.os) },
    targets: {
      // `nx affected` selects a task by its own inputs, so they include those of the formats.
      [targetName('build', naming)]: {
        ...buildTarget(plan, plan.outputs, naming, buildSummary(plan)),
        cache: !asksDocker(plan) && read.unwatched(plan.outputs) === undefined,
        // Without this empty list Nx would take all of `dist` for outputs of `build`.
        outputs: [],
        inputs: [
          ...formatInputs(plan, plan.outputs),
          ...documentsOf(plan),
          ...signatureFiles(plan),
          { env: VERIFY_RUN },
        ],
      },
      ...Object.fromEntries(
        formats.map((format) => [formatTargetName(format.name, naming), formatTarget(plan, format, read)]),
      ),
      ...bootTargets(plan, read),
      ...reportTargets(plan, naming, `^${targetName('initramfs', naming)}`),
      [targetName('lock', naming)]: lockTarget(plan, naming),
      [targetName('push-os', naming)]: pushTarget(plan, naming),
    },
    metadata: osMetadata(plan, naming),
  };
}

function buildSummary(plan: OsPlan): BuildSummary {
  return {
    formats: plan.outputs,
    targets: plan.outputs.map((format) => formatTargetName(format, plan.settings)),
    unchecked: uncheckedReferences(plan),
    privileged: privilegesFile(plan.name),
    asksDocker: asksDocker(plan),
  };
}

/**
 * The files that `build` depends on beside the keys of the formats: those that say which formats there are, and those
 * by which a user may replace its `dependsOn`. With them as inputs `build` itself can be found in the cache, and then
 * starts no process.
 */
function documentsOf({ os, file }: OsPlan): string[] {
  const folder = posix.dirname(file);
  const manifests = ['project.json', 'package.json'].map((name) => posix.join(folder, name));
  const paths = [...new Set([file, ...os.documents, ...manifests])];
  return paths.map((path) => filesetOf(path));
}

/**
 * True for a system with images of a Docker daemon: each build asks whether a tag moved there, and no cache knows
 * that.
 */
function asksDocker({ images }: OsPlan): boolean {
  return images.some(({ source }) => source.kind === 'pulled' && source.imageID !== undefined);
}

/** The group of the targets that people type. Nx sorts groups by name: this one comes before the formats. */
const FIRST_GROUP = 'Build and boot';
const FIRST_TARGETS = ['build', 'boot', 'boot-test', 'dev', 'lock'] as const;
/** The group of the targets about what a build made, which comes after the formats. */
const LAST_GROUP = 'Reports and uploads';
const LAST_TARGETS = [...reportKinds, 'push-os'] as const;

/** What `nx show project` and Nx Console say about a system. */
export function osMetadata(
  { name, file, platform }: OsIdentity,
  naming: TargetNaming,
): ProjectConfiguration['metadata'] {
  return {
    technologies: ['linuxkit'],
    description: `Bootable Linux system ${name} for ${platform}, from ${file}`,
    targetGroups: {
      [FIRST_GROUP]: FIRST_TARGETS.map((kind) => targetName(kind, naming)),
      Formats: formatNames.map((format) => formatTargetName(format, naming)),
      [LAST_GROUP]: LAST_TARGETS.map((kind) => targetName(kind, naming)),
    },
  };
}

function formatTarget(plan: OsPlan, format: Format, read: OsReads): TargetConfiguration {
  const { name, description } = format;
  const { key, loaders } = planFormat(plan, name);
  return stageTarget({
    stage: 'format',
    naming: plan.settings,
    description: `${description}: ${fileNames(format, fileNameOf(plan.name)).join(', ')}`,
    key,
    options: { os: shortIdentity(plan), format: name },
    outputs: [outputAt(`${plan.dist}/${name}`)],
    alsoAfter: extracts(loaders, plan.settings),
    inputs: formatInputs(plan, [name]),
    unwatched: read.unwatched([name]),
  });
}

/** The tasks that bring the boot files of loaders. */
function extracts(loaders: readonly ImageNode[], naming: TargetNaming) {
  return loaders.map(({ id }) => ({ projects: [id], target: targetName('extract', naming) }));
}

/**
 * The target `build`. It has an executor because a `targetDefaults.build` of the workspace replaces its `dependsOn`:
 * then the executor fails instead of succeeding with nothing built. The executor is that of the stages, so that
 * `build` is the last task of their batch: another executor would start a process, which takes half a second.
 */
export function buildTarget(
  os: OsIdentity,
  outputs: readonly string[],
  naming: TargetNaming,
  summary?: BuildSummary,
): TargetConfiguration {
  return {
    executor: `${PLUGIN}:stage`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    dependsOn: outputs.map((format) => formatTargetName(format, naming)),
    // Formats are not among the options: those are hashed, and a new entry in `outputs` must not re-run the others.
    options: { stage: 'build', os: osOptions(os) },
    metadata: {
      technologies: ['linuxkit'],
      description: `Make every format that ${os.file} declares: ${outputs.join(', ')}`,
      help: help(`nx ${targetName('build', naming)} ${os.name}`, {}),
      ...(summary && { [BUILD_SUMMARY]: summary }),
    },
  };
}

/** The target `lock`, which pins the references of a YAML. */
export function lockTarget(os: OsIdentity, naming: TargetNaming): TargetConfiguration {
  return {
    executor: `${PLUGIN}:lock`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { file: os.file },
    metadata: {
      technologies: ['linuxkit'],
      description: 'Pin every image reference to its digest in the lock file',
      help: help(`nx ${targetName('lock', naming)} ${os.name} --update`, { update: true }),
    },
  };
}

/** The target that pushes formats. Nothing caches it: the registry is no input. */
export function pushTarget(os: OsIdentity, naming: TargetNaming): TargetConfiguration {
  return {
    executor: `${PLUGIN}:push-os`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    dependsOn: [targetName('build', naming)],
    options: { os: shortIdentity(os) },
    metadata: {
      technologies: ['linuxkit', 'oci'],
      description: 'Push the files of formats to a registry, as one OCI artifact',
      help: help(`nx ${targetName('push-os', naming)} ${os.name} --to=registry.example/systems/`, {
        format: ['iso-efi'],
      }),
    },
  };
}

/** Help that Nx Console shows beside a target. */
function help(command: string, options: Record<string, unknown>) {
  return { command, example: { options } };
}
