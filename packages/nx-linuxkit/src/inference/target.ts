import type { TargetConfiguration } from '@nx/devkit';
import { keyOf, stageVersion, type StageName } from '@nx-linuxkit/stages/plan';
import { PLUGIN } from '../options.js';
import { buildId } from './build-id.js';

export type Input = NonNullable<TargetConfiguration['inputs']>[number];

/** The named input by which a node says which files its stages read; empty on most nodes. */
export const NAMED_INPUT = 'linuxkit';

/**
 * What a stage's hash covers beside its own options: no npm package (the stage's version stands for our
 * code), its node's files, and those of the nodes that it depends on. These are listed, not `^linuxkit`,
 * which fails on a dependency that does not define the input.
 */
export function stageInputs(dependencies: readonly string[], more: readonly Input[] = []): Input[] {
  return [NO_NPM_PACKAGE, ...ownInputs(dependencies), ...more];
}

export const NO_NPM_PACKAGE: Input = { externalDependencies: [] };

/** Files of the node itself and of those that it depends on. */
export function ownInputs(dependencies: readonly string[]): Input[] {
  const upstream = dependencies.length === 0 ? [] : [{ projects: [...dependencies], input: NAMED_INPUT }];
  return [NAMED_INPUT, ...upstream];
}

/** Two versions of a stage are told apart by these; nothing guesses them. */
const VERSION_DIGITS = 12;

export interface StageTarget {
  readonly stage: StageName;
  readonly description: string;
  readonly options: Record<string, unknown>;
  /** Hash of what the stage reads of an OS, where it reads one. */
  readonly key?: string;
  readonly outputs: readonly string[];
  readonly dependsOn?: TargetConfiguration['dependsOn'];
  /** Nodes whose files count. */
  readonly files?: readonly string[];
  /** In place of those that `files` gives. */
  readonly inputs?: readonly Input[];
  readonly cache?: boolean;
}

/**
 * A hash of a stage's version and those upstream, and in the plugin's own repository of its code. Short: it is in
 * every target of every system, and a daemon sends all of them to each command.
 */
function versionOf(stage: StageName): string {
  return `${stage}-${keyOf([stageVersion(stage), buildId()]).slice(0, VERSION_DIGITS)}`;
}

/** One option in place of two, for the same reason. */
export function versionedKey(stage: StageName, key: string): string {
  return `${versionOf(stage)} ${key}`;
}

/** A cached stage as a target. One executor name for all, because Nx batches tasks of one name only. */
export function stageTarget(target: StageTarget): TargetConfiguration {
  return {
    executor: `${PLUGIN}:stage`,
    cache: target.cache ?? true,
    inputs: [...(target.inputs ?? stageInputs(target.files ?? []))],
    outputs: [...target.outputs],
    ...(target.dependsOn ? { dependsOn: target.dependsOn } : {}),
    // The executor's default is `format`: of the targets of an OS most are.
    options: {
      ...(target.stage !== 'format' && { stage: target.stage }),
      ...(target.key === undefined
        ? { v: versionOf(target.stage) }
        : { key: versionedKey(target.stage, target.key) }),
      ...target.options,
    },
    // Technologies are the project's: Nx keeps, sends and writes every key of every target.
    metadata: { description: target.description },
  };
}

/** What Nx would look for in the folder of each node: three questions to the file system, where none is. */
export const VIRTUAL = { projectType: 'application' } as const;

/**
 * Named inputs of a virtual node: ours, and every one of nx.json emptied, because a node without files makes
 * Nx fail on an input like `^production` that would look for them.
 */
export function emptyNamedInputs(
  nxJson: { namedInputs?: Record<string, unknown> },
  own: readonly Input[] = [],
): Record<string, Input[]> {
  const names = ['default', ...Object.keys(nxJson.namedInputs ?? {})];
  return { ...Object.fromEntries(names.map((name) => [name, []])), [NAMED_INPUT]: [...own] };
}
