import { posix } from 'node:path';
import { folderOf } from './folder-name.js';

/** An OS file, taken apart by its path: `apps/my-os/debug.linuxkit.yml` is folder `apps/my-os`, variant `debug`. */
export interface OsFile {
  /** Relative to the workspace, with forward slashes. */
  readonly file: string;
  readonly folder: string;
  readonly variant?: string;
}

/** Takes the path of an OS file apart; undefined for a file that is no OS. */
export function parseOsFile(file: string): OsFile | undefined {
  const match = /^(?:(.+)\.)?linuxkit\.ya?ml$/.exec(posix.basename(file));
  if (!match) return undefined;
  return { file, folder: posix.dirname(file), variant: match[1] };
}

/** Where the lock of an OS file lies: `linuxkit.yml` has `linuxkit.lock.json` beside it. */
export function lockFileOf(file: string): string {
  return `${file.replace(/\.ya?ml$/, '')}.lock.json`;
}

/** Where the evidence of signatures lies: `linuxkit.yml` has `linuxkit.signatures.json` beside it. */
export function signaturesFileOf(file: string): string {
  return `${file.replace(/\.ya?ml$/, '')}.signatures.json`;
}

/**
 * Names each folder that holds OS files. A folder is named after its project where it has one, else after itself.
 * Where two would share a name, the shorter, then smaller path keeps it and the other is named by its path, because
 * Nx refuses the whole graph when two projects share a name. `renamed` lists those, for a warning.
 */
export function nameFolders(
  folders: Iterable<string>,
  projectName: (folder: string) => string | undefined,
): { names: Map<string, string>; renamed: { folder: string; wanted: string; name: string }[] } {
  const names = new Map<string, string>();
  const renamed: { folder: string; wanted: string; name: string }[] = [];
  const taken = new Set<string>();
  const ordered = [...new Set(folders)].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const declared = ordered.filter((folder) => projectName(folder) !== undefined);
  for (const folder of [...declared, ...ordered.filter((folder) => !declared.includes(folder))]) {
    const wanted = projectName(folder) ?? (folder === '.' ? 'os' : nameOf(posix.basename(folder)));
    const name = taken.has(wanted) && !declared.includes(folder) ? folder.split('/').join('-') : wanted;
    if (name !== wanted) renamed.push({ folder, wanted, name });
    taken.add(name);
    names.set(folder, name);
  }
  return { names, renamed };
}

/** A name that Nx does not read as an exclusion, where it stands in a list of projects. */
function nameOf(folder: string): string {
  return folder.replace(/^!/, '_');
}

/** `linux/arm64/v8` as one word: `arm64-v8`. */
export function platformWord(platform: string): string {
  return platform.split('/').slice(1).join('-');
}

/** Root of a system's virtual nodes. It has the whole project name, because `@a/x` and `@b/x` are two systems. */
export function nodesFolder(projectName: string): string {
  return `.linuxkit/${folderOf(projectName)}`;
}

/** What file names begin with: the project name, or the last part of a scoped one. */
export function fileNameOf(projectName: string): string {
  return projectName.slice(projectName.lastIndexOf('/') + 1);
}
