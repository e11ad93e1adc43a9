import { formatNames } from '@nx-linuxkit/formats';
import { StageError } from '../error.js';
import { stageNames, type StageName } from '../stages.js';
import type { Settings } from './settings.js';

/** The options that name targets. */
export type TargetNaming = Pick<Settings, 'targetNames' | 'targetPrefix'>;

/** The targets that are no stage and no format. */
const OTHER_TARGETS = [
  'build',
  'boot',
  'boot-test',
  'dev',
  'size',
  'why',
  'diff',
  'sbom-files',
  'licenses',
  'scan',
  'inspect',
  'lock',
  'sign',
  'export',
  'show-tag',
  'push',
  'manifest',
  'push-os',
] as const;

/** What a target does: a stage, the name of a format, or one of the others. */
export type TargetKind = (typeof OTHER_TARGETS)[number] | Exclude<StageName, 'format'>;

/**
 * Targets that are not called by their kind, because projects of other tools have such a target, and
 * `nx run-many -t docker` must not build systems.
 */
const DEFAULTS: Readonly<Record<string, string>> = {
  docker: 'docker-context',
  export: 'export-image',
  image: 'make-image',
  pull: 'pull-image',
  push: 'push-image',
  extract: 'extract-image',
  verify: 'verify-images',
  sbom: 'make-sbom',
  'sbom-files': 'sbom',
} satisfies Partial<Record<TargetKind, string>> & { docker: string };

/** Every kind of target that inference makes. */
export function targetKinds(): string[] {
  return [...OTHER_TARGETS, ...stageNames.filter((name) => name !== 'format'), ...formatNames];
}

/** What a target is called in this workspace. */
export function targetName(kind: TargetKind, naming: TargetNaming): string {
  return nameOfKind(kind, naming);
}

/** What the target of a format is called in this workspace. */
export function formatTargetName(format: string, naming: TargetNaming): string {
  return nameOfKind(format, naming);
}

/** Inference asks for the same few names for each target of each system. */
const namesKnown = new WeakMap<TargetNaming, Map<string, string>>();

function nameOfKind(kind: string, naming: TargetNaming): string {
  let names = namesKnown.get(naming);
  if (names === undefined) namesKnown.set(naming, (names = new Map()));
  let name = names.get(kind);
  if (name === undefined) names.set(kind, (name = makeName(kind, naming)));
  return name;
}

function makeName(kind: string, { targetNames = {}, targetPrefix = '' }: TargetNaming): string {
  if (Object.hasOwn(targetNames, kind)) return targetNames[kind];
  return targetPrefix === '' ? (DEFAULTS[kind] ?? kind) : `${targetPrefix}${kind}`;
}

/** Throws StageError `unusable-path` for a name that no target can have, or that two targets would have. */
export function checkTargetNames(naming: TargetNaming): void {
  const kinds = targetKinds();
  const known = new Map<string, string>();
  for (const kind of kinds) {
    const name = nameOfKind(kind, naming);
    if (typeof name !== 'string' || !/^[^\s:]+$/.test(name)) {
      throw unusable(
        `the target ${kind} cannot be called ${JSON.stringify(name)}`,
        'Write one word without a colon.',
      );
    }
    const other = known.get(name);
    if (other !== undefined) {
      throw unusable(
        `the targets ${other} and ${kind} would both be called ${name}`,
        'Give one another name.',
      );
    }
    known.set(name, kind);
  }
}

function unusable(message: string, hint: string): StageError {
  return new StageError('unusable-path', message, { where: { file: 'nx.json' }, hint });
}
