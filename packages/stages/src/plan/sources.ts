import { isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import { homedir } from 'node:os';

/**
 * The absolute paths where the file of a `source` may lie, best first: relative to `sourceBase` where there is one, to the
 * YAML's folder, and to the workspace. `~/` is the home folder, as LinuxKit has it. The folders may be absolute or
 * relative to the workspace.
 */
export function sourceCandidates(
  source: string,
  yamlFolder: string,
  workspaceRoot: string,
  sourceBase?: string,
): string[] {
  if (source.startsWith('~/')) return [join(homedir(), source.slice(2))];
  const folders = [...(sourceBase === undefined ? [] : [sourceBase]), yamlFolder, '.'];
  return [...new Set(folders.map((folder) => resolve(workspaceRoot, folder, source)))];
}

/** A path relative to the workspace, with forward slashes; undefined for a path outside of the workspace. */
export function insideWorkspace(path: string, workspaceRoot: string): string | undefined {
  const inner = relative(workspaceRoot, path);
  if (inner === '' || isOutside(inner)) return undefined;
  return inner.split(sep).join(posix.sep);
}

/** True for a relative path that leads out of the folder that it is relative to; `..name` does not. */
export function isOutside(path: string): boolean {
  return isAbsolute(path) || path.split(/[\\/]/)[0] === '..';
}
