import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import type { OsSpec } from '@nx-linuxkit/spec';
import { insideWorkspace, sourceCandidates, type OsFile } from '@nx-linuxkit/stages/plan';
import type { Input } from './target.js';

type Dependency = { projects: string[]; target: string };

/** What Nx must know about the files that the `files` entries of a system read. */
export interface SourceInputs {
  /** Files that Nx watches, for the node's named input. */
  readonly files: readonly Input[];
  /** Files that other tasks make: inputs of every task that depends on their bytes. */
  readonly made: readonly Input[];
  /** The tasks that make them. */
  readonly dependsOn: Dependency[];
  /** True where Nx cannot watch a file: then no task that reads it may be cached. */
  readonly unwatched: boolean;
}

/**
 * Nx hashes git-ignored files (`includeIgnored`) since version 24. The version is read here, because the devkit loads
 * slowly.
 */
const { version } = createRequire(__filename)('nx/package.json') as { version: string };
const HASHES_IGNORED_FILES = Number.parseInt(version, 10) >= 24;

/** Finds the inputs of a system's `files` entries. */
export function sourceInputs(os: OsSpec, { folder }: OsFile, workspaceRoot: string): SourceInputs {
  const files: Input[] = [];
  const made: Input[] = [];
  const dependsOn: Dependency[] = [];
  let unwatched = false;
  for (const { source } of os.files) {
    if (source === undefined) continue;
    const candidates = sourceCandidates(source, folder, workspaceRoot);
    const inner = candidates
      .map((path) => insideWorkspace(path, workspaceRoot))
      .filter((path) => path !== undefined);
    if (inner.length < candidates.length) unwatched = true;
    const producers = inner.map((path) => ({ path, producer: findProducer(path, workspaceRoot, folder) }));
    for (const { path, producer } of producers) {
      files.push(`{workspaceRoot}/${path}`);
      if (producer) {
        made.push({ dependentTasksOutputFiles: path, transitive: true });
        dependsOn.push(producer);
      } else if (HASHES_IGNORED_FILES) {
        files.push({ fileset: `{workspaceRoot}/${path}`, includeIgnored: true } as unknown as Input);
      } else if (existsSync(join(workspaceRoot, path)) && isIgnored(path, workspaceRoot)) {
        unwatched = true;
      }
    }
  }
  return { files, made, dependsOn: unique(dependsOn), unwatched };
}

/**
 * Finds the task that makes a file: a target whose declared outputs hold it, else the `build` of the project whose
 * `dist` holds it (`apps/x/dist/…`, `dist/apps/x/…`). Inference cannot see targets that other plugins infer; by
 * convention they build into these two places. The convention does not apply to `osFolder`, whose `build` is the task
 * that reads the file.
 */
function findProducer(path: string, workspaceRoot: string, osFolder: string): Dependency | undefined {
  for (const folder of enclosingFolders(path)) {
    const project = readProject(folder, workspaceRoot);
    if (!project) continue;
    const own = folder === osFolder;
    const target = project.targets.find(
      ({ name, outputs }) => !(own && name === 'build') && outputs.some((output) => holds(output, path)),
    );
    if (target) return { projects: [project.name], target: target.name };
    const dist = folder === '.' || own ? undefined : [`${folder}/dist`, `dist/${folder}`, `${folder}/build`];
    if (dist?.some((output) => holds(output, path))) return { projects: [project.name], target: 'build' };
  }
  return undefined;
}

/**
 * Folders whose project may make a file: `dist/apps/x/main.js` lies in `dist/apps/x`, `dist/apps`, `dist`, and by
 * convention stems from `apps/x`, `apps`.
 */
function enclosingFolders(path: string): string[] {
  const folders = parents(path);
  const mirrored = path.startsWith('dist/') ? parents(path.slice('dist/'.length)) : [];
  return [...mirrored, ...folders, '.'];
}

function parents(path: string): string[] {
  const folder = posix.dirname(path);
  return folder === '.' ? [] : [folder, ...parents(folder)];
}

function holds(output: string, path: string): boolean {
  const fixed = output.replace(/\/?[*{].*$/, '');
  return fixed !== '' && (path === fixed || path.startsWith(`${fixed}/`));
}

interface Project {
  readonly name: string;
  readonly targets: { name: string; outputs: string[] }[];
}

function readProject(folder: string, workspaceRoot: string): Project | undefined {
  const project = readJson(join(workspaceRoot, folder, 'project.json'));
  const manifest = readJson(join(workspaceRoot, folder, 'package.json'));
  if (!project && !manifest) return undefined;
  const nx = (manifest?.nx ?? {}) as Json;
  const name = String(project?.name ?? nx.name ?? manifest?.name ?? posix.basename(folder));
  const targets = { ...((nx.targets as Json) ?? {}), ...((project?.targets as Json) ?? {}) };
  return {
    name,
    targets: Object.entries(targets).map(([target, definition]) => ({
      name: target,
      outputs: outputsOf(definition as Json, folder, name),
    })),
  };
}

type Json = Record<string, unknown>;

function outputsOf({ outputs, options }: Json, folder: string, name: string): string[] {
  if (!Array.isArray(outputs)) return [];
  return outputs.map((output) =>
    posix.normalize(
      String(output)
        .replace('{workspaceRoot}/', '')
        .replace('{projectRoot}', folder)
        .replace('{projectName}', name)
        .replace(/\{options\.([^}]+)\}/g, (_, key: string) =>
          String((options as Json | undefined)?.[key] ?? '*'),
        ),
    ),
  );
}

function readJson(file: string): Json | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch {
    return undefined;
  }
}

/**
 * For Nx 23: a plain test by the entries of the root's .gitignore. In doubt a file counts as ignored, and is not
 * cached.
 */
function isIgnored(path: string, workspaceRoot: string): boolean {
  let text: string;
  try {
    text = readFileSync(join(workspaceRoot, '.gitignore'), 'utf8');
  } catch {
    return false;
  }
  const parts = path.split('/');
  return text
    .split('\n')
    .map((line) => line.trim().replace(/^\//, '').replace(/\/$/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .some(
      (line) => line.includes('*') || path === line || path.startsWith(`${line}/`) || parts.includes(line),
    );
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
