import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import { StageError, targetName } from '@nx-linuxkit/stages/plan';
import { describe } from '@nx-linuxkit/errors';
import ignore from 'ignore';
import { PLUGIN } from '../options.js';
import type { Pass } from './pass.js';
import { NO_NPM_PACKAGE } from './target.js';

/** A file that gives a project targets, as far as it is read here. */
interface Manifest {
  readonly targets?: Readonly<Record<string, TargetConfiguration & { command?: string }>>;
  readonly nx?: Manifest & { readonly includedScripts?: readonly string[] };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly workspaces?: readonly string[] | { readonly packages?: readonly string[] };
}

/**
 * The targets that a folder's project.json and package.json define themselves, each with its file. A target without an
 * executor, or with one of ours, is not among them: it sets options of an inferred target. Targets that other plugins
 * infer are not known here; in nx.json the later plugin wins.
 */
export function ownTargets(folder: string, workspaceRoot: string): Map<string, string> {
  const read = (file: string) => readManifest(join(workspaceRoot, folder, file));
  const [project, manifest] = [read('project.json'), read('package.json')];
  const hasScripts = manifest?.scripts && (project || isWorkspacePackage(folder, workspaceRoot));
  const scripts = hasScripts ? Object.keys(manifest?.scripts ?? {}) : [];
  const included = manifest?.nx?.includedScripts;
  const named = (names: readonly string[], file: string) =>
    names.map((name): [string, string] => [name, posix.join(folder, file)]);
  return new Map([
    ...named(included ? scripts.filter((name) => included.includes(name)) : scripts, 'package.json'),
    ...named(definedIn(manifest?.nx), 'package.json'),
    ...named(definedIn(project), 'project.json'),
  ]);
}

/**
 * Leaves out the targets that the project of a folder defines itself. Only the project whose root is the folder shares
 * it with files of a user.
 */
export function leaveOwnTargets(
  project: ProjectConfiguration,
  folder: string,
  { workspaceRoot, naming, warnings }: Pick<Pass, 'workspaceRoot' | 'naming' | 'warnings'>,
): ProjectConfiguration {
  if (project.root !== folder) return project;
  const own = ownTargets(folder, workspaceRoot);
  return withoutOwnTargets(project, own, targetName('build', naming), (text) => warnings.add(text, folder));
}

/**
 * Leaves out the inferred targets whose names the project has itself, with a warning for each. Nothing may take such a
 * target for ours: a boot makes its format by itself then, and a build of a format that has no target fails.
 */
export function withoutOwnTargets(
  project: ProjectConfiguration,
  own: ReadonlyMap<string, string>,
  build: string,
  warn: (text: string) => void,
): ProjectConfiguration {
  const { targets = {} } = project;
  const taken = Object.keys(targets).filter((name) => own.has(name));
  if (taken.length === 0) return project;
  for (const name of taken) {
    warn(
      `${own.get(name)} has a target ${name} of its own, so ${project.name} has none of ${PLUGIN}; ` +
        `to have both, call ours otherwise with the option targetNames or targetPrefix`,
    );
  }
  const isTaken = (dependency: unknown): dependency is string => taken.includes(dependency as string);
  const left = Object.entries(targets).filter(([name]) => !taken.includes(name));
  return {
    ...project,
    targets: Object.fromEntries(
      left.map(([name, target]) => {
        const lost = target.dependsOn?.filter(isTaken) ?? [];
        if (lost.length === 0) return [name, target];
        if (name === build) return [name, unbuildable(lost, own)];
        return [
          name,
          { ...target, dependsOn: target.dependsOn?.filter((dependency) => !isTaken(dependency)) },
        ];
      }),
    ),
    metadata: withoutTargets(project.metadata, taken),
  };
}

/** The target of a build that lacks formats. */
function unbuildable(formats: readonly string[], own: ReadonlyMap<string, string>): TargetConfiguration {
  const error = new StageError(
    'unsupported',
    `build cannot make ${formats.join(', ')}: a target of the same name is the project's own`,
    {
      where: { file: own.get(formats[0]) as string },
      hint: 'Call ours otherwise with the option targetNames or targetPrefix of the plugin.',
    },
  );
  return {
    executor: `${PLUGIN}:invalid`,
    cache: false,
    inputs: [NO_NPM_PACKAGE],
    options: { message: describe(error) },
  };
}

function withoutTargets(
  metadata: ProjectConfiguration['metadata'],
  names: readonly string[],
): ProjectConfiguration['metadata'] {
  const groups = Object.entries(metadata?.targetGroups ?? {});
  const left = groups.map(([group, targets]) => [group, targets.filter((name) => !names.includes(name))]);
  return { ...metadata, targetGroups: Object.fromEntries(left) };
}

function definedIn(manifest: Manifest | undefined): string[] {
  return Object.entries(manifest?.targets ?? {}).flatMap(([name, { executor, command }]) =>
    command !== undefined || (executor !== undefined && !executor.startsWith(`${PLUGIN}:`)) ? [name] : [],
  );
}

/**
 * Whether the package.json of a folder makes it a project: npm's or pnpm's workspaces have the folder, or the file is that of the
 * workspace and has settings of Nx.
 * https://github.com/nrwl/nx/blob/24.0.6/packages/nx/src/plugins/package-json/create-nodes.ts
 */
export function isProjectManifest(folder: string, workspaceRoot: string): boolean {
  const manifest = readManifest(join(workspaceRoot, folder, 'package.json'));
  if (manifest === undefined) return false;
  return folder === '.' ? manifest.nx !== undefined : isWorkspacePackage(folder, workspaceRoot);
}

/** Whether a package.json is a project for its scripts: npm's or pnpm's workspaces have its folder. */
function isWorkspacePackage(folder: string, workspaceRoot: string): boolean {
  const { workspaces } = readManifest(join(workspaceRoot, 'package.json')) ?? {};
  const patterns = Array.isArray(workspaces) ? workspaces : (workspaces as { packages?: string[] })?.packages;
  const all = [...(patterns ?? []), ...pnpmPatterns(join(workspaceRoot, 'pnpm-workspace.yaml'))];
  if (all.length === 0 || folder === '.') return folder === '.';
  const rules = all.map((pattern) => pattern.replace(/^(!?)(\.?\/)?(.*?)\/?$/, '$1/$3/package.json'));
  return ignore().add(rules).ignores(posix.join(folder, 'package.json'));
}

/** The list `packages`, whose lines are `- 'apps/*'`. */
function pnpmPatterns(file: string): string[] {
  const [, list = ''] = /^packages:\s*\n((?:\s*(?:-.*|#.*)?\n?)*)/m.exec(readText(file) ?? '') ?? [];
  return [...list.matchAll(/^\s*-\s*(['"]?)([^'"#\n]+?)\1\s*(?:#.*)?$/gm)].map(([, , pattern]) => pattern);
}

function readManifest(file: string): Manifest | undefined {
  // Most systems have neither file, and an exception for each takes longer than all else here.
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  } catch {
    // Nx itself reports a file that is broken.
    return undefined;
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
