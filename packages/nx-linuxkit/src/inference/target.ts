import type { NxJsonConfiguration, ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import {
  keyOf,
  stageVersion,
  stagesReadBy,
  targetName,
  type StageName,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { buildId } from './build-id.js';
import { globOf } from './watch/glob.js';
import { withoutTokens } from './watch/usable-name.js';

/** One input of a target, as Nx has it. */
export type Input = NonNullable<TargetConfiguration['inputs']>[number];

/** The named input by which a node says which files its stages read; empty on most nodes. */
export const NAMED_INPUT = 'linuxkit';

/** Keeps npm packages out of a hash: the version of a stage stands for our code. */
export const NO_NPM_PACKAGE: Input = { externalDependencies: [] };

/**
 * What a stage's hash covers beside its own options: its node's files, and those of the nodes in `dependencies`,
 * which are listed by name because `^linuxkit` fails on a dependency that does not define the input.
 */
export function stageInputs(dependencies: readonly string[], more: readonly Input[] = []): Input[] {
  return [NO_NPM_PACKAGE, ...ownInputs(dependencies), ...more];
}

/** Files of the node itself and of the nodes that it depends on. */
export function ownInputs(dependencies: readonly string[]): Input[] {
  const upstream = dependencies.length === 0 ? [] : [{ projects: [...dependencies], input: NAMED_INPUT }];
  return [NAMED_INPUT, ...upstream];
}

/** Enough hexadecimal digits to distinguish versions; collision resistance is not needed. */
const VERSION_DIGITS = 12;

/** What a target of a stage is made of. */
export interface StageTarget {
  readonly stage: StageName;
  readonly naming: TargetNaming;
  readonly description: string;
  readonly options: Record<string, unknown>;
  /** Hash of what the stage reads from the YAML, for stages that read one. */
  readonly key?: string;
  readonly outputs: readonly string[];
  /** Default: the stages that the stage reads, in the nodes that the node depends on. */
  readonly dependsOn?: TargetConfiguration['dependsOn'];
  /** Tasks that must run before, beside those of `dependsOn`. */
  readonly alsoAfter?: NonNullable<TargetConfiguration['dependsOn']>;
  /** Nodes whose files are inputs. */
  readonly files?: readonly string[];
  /** All inputs, in place of those that `files` gives. */
  readonly inputs?: readonly Input[];
  /** Why Nx cannot watch what the stage reads: then the task is not cached. */
  readonly unwatched?: string;
  /** Set on a stage that runs in every command, to compare what Nx cannot. Its hash and those downstream stay as they are. */
  readonly runsAlways?: boolean;
  /** Set on the stage that reads what Nx cannot watch: it says so when it runs. */
  readonly says?: boolean;
}

/**
 * A hash of a stage's version and of those upstream, and in the plugin's own repository of its code. It is short
 * because it is in every target of every system, and a daemon sends all of them to each command.
 */
export function versionOf(stage: StageName): string {
  return `${stage}-${keyOf([stageVersion(stage), buildId()]).slice(0, VERSION_DIGITS)}`;
}

/** Joins version and key into one option in place of two, for the same reason. */
export function versionedKey(stage: StageName, key: string): string {
  return `${versionOf(stage)} ${key}`;
}

/** Makes the target of a stage. All have one executor name, because Nx batches tasks of one name only. */
export function stageTarget(target: StageTarget): TargetConfiguration {
  const { stage, key, naming } = target;
  const dependsOn = [
    ...(target.dependsOn ?? stagesReadBy(stage).map((name) => `^${targetName(name, naming)}`)),
    ...(target.alsoAfter ?? []),
  ];
  return {
    executor: `${PLUGIN}:stage`,
    cache: target.unwatched === undefined && !target.runsAlways,
    inputs: [...(target.inputs ?? stageInputs(target.files ?? []))],
    outputs: [...target.outputs],
    ...(dependsOn.length > 0 ? { dependsOn } : {}),
    // The executor's default is `format`, the stage of most targets of a system.
    options: {
      ...(stage !== 'format' && { stage }),
      ...(key === undefined ? { v: versionOf(stage) } : { key: versionedKey(stage, key) }),
      ...target.options,
      ...(target.says && uncached(target.unwatched)),
    },
    // Technologies are only on the project: Nx keeps, sends and writes every key of every target.
    metadata: { description: target.description },
  };
}

/** An output of a target: a folder, relative to the workspace. */
export function outputAt(folder: string): string {
  return `{workspaceRoot}/${globOf(folder)}`;
}

/** An output of a node, in its own folder. Nx puts a root into an output without escaping what is special in it. */
export function ownOutput(root: string, name: string): string {
  return globOf(root) === root ? `{projectRoot}/${name}` : outputAt(`${root}/${name}`);
}

/** The option by which a task says why it is not cached. */
export function uncached(reason: string | undefined): { uncached?: string } {
  return reason === undefined ? {} : { uncached: withoutTokens(reason) };
}

/** The tag of all nodes that no user has named: `--exclude=tag:linuxkit:internal` leaves the systems. */
export const INTERNAL_TAG = 'linuxkit:internal';

/** What all internal nodes are. The type also spares Nx three look-ups in the folder of each, where no folder is. */
export function internalNode(): Pick<ProjectConfiguration, 'projectType' | 'tags'> {
  return { projectType: 'library', tags: [INTERNAL_TAG] };
}

/**
 * Named inputs of a virtual node: ours, and every one of nx.json emptied, because Nx fails on an input like
 * `^production` that looks for files in a node without files.
 */
export function emptyNamedInputs(
  nxJson: NxJsonConfiguration,
  own: readonly Input[] = [],
): Record<string, Input[]> {
  const names = ['default', ...Object.keys(nxJson.namedInputs ?? {})];
  return { ...Object.fromEntries(names.map((name) => [name, []])), [NAMED_INPUT]: [...own] };
}
