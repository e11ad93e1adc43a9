import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from './workspace.js';

/** Paths of all files of a name in Nx's cache, where it keeps the outputs of tasks. */
export function inNxCache(workspace: Workspace, name: string): string[] {
  return [workspace.nxCache, workspace.path('.nx')]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true, withFileTypes: true }))
    .filter((file) => file.isFile() && file.name === name)
    .map((file) => join(file.parentPath, name));
}
