import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { parseOsFile, type OsFile } from '@nx-linuxkit/stages/plan';
import type { Watch } from './watch/watch.js';

/**
 * Finds YAMLs that look like LinuxKit's and that nothing takes in: beside an OS file, in the root, and in the folders
 * directly below it. Gives a warning that names all of them. `known` are the files that systems read, and `refused` tells
 * which ones the user has taken out.
 */
export function overlookedYamls(
  workspaceRoot: string,
  osFiles: readonly OsFile[],
  known: ReadonlySet<string>,
  refused: (file: string) => boolean,
  watch: Watch,
): string[] {
  const isSeen = (path: string) => watch.document(join(workspaceRoot, path)).unwatched === undefined;
  const inRoot = namesIn(workspaceRoot, 'folders').filter(isSeen);
  const folders = new Set(['.', ...inRoot, ...osFiles.map(({ folder }) => folder)]);
  const found = [...folders].flatMap((folder) =>
    namesIn(join(workspaceRoot, folder), 'files')
      .filter((name) => /\.ya?ml$/.test(name))
      .map((name) => posix.join(folder, name))
      .filter((file) => !known.has(file) && !parseOsFile(file) && !refused(file))
      .filter((file) => looksLikeOs(join(workspaceRoot, file)) && isSeen(file)),
  );
  if (found.length === 0) return [];
  return [
    `${found.sort().join(', ')}: not built, though the keys are LinuxKit's. Call the file linuxkit.yml or <variant>.linuxkit.yml, ` +
      `or name it in the plugin option "include" (with "!" in front to leave it out without this line)`,
  ];
}

function looksLikeOs(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8');
    return /^kernel:/m.test(text) && /^init:/m.test(text);
  } catch {
    return false;
  }
}

function namesIn(folder: string, kind: 'files' | 'folders'): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => (kind === 'files' ? entry.isFile() : entry.isDirectory()))
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
