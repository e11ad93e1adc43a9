import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isPackageFile, nameFolders, osFileOf, parseOsFile, type OsFile } from '@nx-linuxkit/stages/plan';
import type { IncludedFiles } from './included-files.js';
import type { Warnings } from './warnings.js';

/** The files that describe packages, in order of their paths. Folders with a dot belong to other tools. */
export function packageFiles(files: readonly string[]): string[] {
  return files.filter((file) => isPackageFile(posix.basename(file)) && !/(^|\/)\./.test(file)).sort();
}

/**
 * The OS files in order of their paths. `linuxkit.yaml` beside `linuxkit.yml` is not used, because both have one
 * name.
 */
export function osFilesOf(files: readonly string[], included: IncludedFiles, warnings: Warnings): OsFile[] {
  const all = files
    .filter((file) => !included.refuses(file))
    .map((file) => (included.files.includes(file) ? osFileOf(file) : parseOsFile(file)))
    .filter((file): file is OsFile => file !== undefined);
  const known = new Set(files);
  return all
    .filter(({ file }) => {
      const short = file.replace(/\.yaml$/, '.yml');
      if (short === file || !known.has(short)) return true;
      warnings.add(`${file}: not used, because ${short} is beside it`, short);
      return false;
    })
    .sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** The names of the projects of folders with OS files, by folder. */
export function nameOsFolders(
  files: readonly OsFile[],
  workspaceRoot: string,
  warnings: Warnings,
): Map<string, string> {
  const { names, renamed } = nameFolders(
    files.filter(({ stem }) => stem === undefined).map(({ folder }) => folder),
    (folder) => projectName(join(workspaceRoot, folder)),
  );
  for (const { folder, wanted, name } of renamed) {
    warnings.add(`${folder}: another folder is called ${wanted}, so its project is ${name}`, folder);
  }
  return names;
}

/** The name that Nx gives a folder as a project, if it has one. */
function projectName(folder: string): string | undefined {
  for (const file of ['project.json', 'package.json'].map((name) => posix.join(folder, name))) {
    // Most systems have neither file, and an exception for each takes longer than to look.
    if (!existsSync(file)) continue;
    try {
      const { name, nx } = JSON.parse(readFileSync(file, 'utf8'));
      if (nx?.name ?? name) return nx?.name ?? name;
    } catch {
      // Nx itself reports a file that is broken.
    }
  }
  return undefined;
}
