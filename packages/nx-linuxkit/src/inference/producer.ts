import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A task that must run before. */
export type Dependency = { projects: string[]; target: string };

/** Finds the tasks that make files, in one pass over a workspace: its projects are read once. */
export class Producers {
  private readonly projects = new Map<string, Project | undefined>();

  constructor(private readonly workspaceRoot: string) {}

  /**
   * The task that makes a file: a target whose declared outputs hold it, else the `build` of the project whose `dist` holds
   * it (`apps/x/dist/…`, `dist/apps/x/…`). Inference cannot see targets that other plugins infer; by convention they build
   * into these two places. The convention does not apply to `osFolder`, whose `build` is the task that reads the file.
   */
  of(path: string, osFolder: string): Dependency | undefined {
    for (const folder of enclosingFolders(path)) {
      const project = this.project(folder);
      if (!project) continue;
      const own = folder === osFolder;
      const target = project.targets.find(
        ({ name, outputs }) => !(own && name === 'build') && outputs.some((output) => holds(output, path)),
      );
      if (target) return { projects: [project.name], target: target.name };
      const dist =
        folder === '.' || own ? undefined : [`${folder}/dist`, `dist/${folder}`, `${folder}/build`];
      if (dist?.some((output) => holds(output, path))) return { projects: [project.name], target: 'build' };
    }
    return undefined;
  }

  private project(folder: string): Project | undefined {
    if (!this.projects.has(folder)) this.projects.set(folder, readProject(folder, this.workspaceRoot));
    return this.projects.get(folder);
  }
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

/** True for a file in an output, which is a path or a glob; only its part before the first wildcard is compared. */
function holds(output: string, path: string): boolean {
  const fixed = output.replace(/(?<!\\)\/?[*{[?].*$/, '').replace(/\\(.)/g, '$1');
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
