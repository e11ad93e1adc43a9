import { posix } from 'node:path';

/** An OS file, taken apart by its path: `apps/my-os/debug.linuxkit.yml` is folder `apps/my-os`, variant `debug`. */
export interface OsFile {
  readonly file: string;
  readonly folder: string;
  readonly variant?: string;
}

/** The glob of OS files, and of what decides their nodes beside them. */
export const osFileGlob = '**/{linuxkit,*.linuxkit}.{yml,yaml}';

/** Undefined for a file that is not an OS. */
export function parseOsFile(file: string): OsFile | undefined {
  const match = /^(?:(.+)\.)?linuxkit\.ya?ml$/.exec(posix.basename(file));
  if (!match) return undefined;
  return { file, folder: posix.dirname(file), variant: match[1] };
}

/** Where the lock of an OS file lies: `linuxkit.yml` has `linuxkit.lock.json` beside it. */
export function lockFileOf(file: string): string {
  return file.replace(/\.ya?ml$/, '.lock.json');
}

/**
 * The name of each folder that holds OS files. A folder is named after its project where it has one, else
 * after itself; where two would share a name, the shorter, then smaller path keeps it and the other is named
 * by its path, because Nx refuses the whole graph when two projects share a name.
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
    const wanted = projectName(folder) ?? (folder === '.' ? 'os' : posix.basename(folder));
    const name = taken.has(wanted) && !declared.includes(folder) ? folder.split('/').join('-') : wanted;
    if (name !== wanted) renamed.push({ folder, wanted, name });
    taken.add(name);
    names.set(folder, name);
  }
  return { names, renamed };
}

/** `linux/arm64/v8` as one word: `arm64-v8`. */
export function platformWord(platform: string): string {
  return platform.split('/').slice(1).join('-');
}

/** Root of an OS's virtual nodes: its whole name, because `@a/x` and `@b/x` are two. */
export function nodesFolder(projectName: string): string {
  return `.linuxkit/${projectName}`;
}

/** What a project name becomes as a file name: the last part of a scoped name. */
export function fileNameOf(projectName: string): string {
  return projectName.slice(projectName.lastIndexOf('/') + 1);
}
