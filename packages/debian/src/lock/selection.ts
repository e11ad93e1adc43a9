import { createHash } from 'node:crypto';
import { DEFAULT_COMPONENTS } from '../archive/components.js';
import type { Binaries, Contents } from '../contents/model.js';

/** Returns the names of packages in `exclude`. */
export function excludedPackages({ exclude }: Contents): string[] {
  return exclude.filter((name) => !name.startsWith('/'));
}

/** Returns the globs of paths in `exclude`. */
export function excludedPaths({ exclude }: Contents): string[] {
  return exclude.filter((name) => name.startsWith('/'));
}

/** Lists the files to pick from packages, which `binaries` and `files` entries with `from` name. */
export function wantedFiles({ binaries, files }: Contents): Binaries[] {
  const renamed = files.flatMap(({ package: name, from }) =>
    name && from ? [{ package: name, paths: [from] }] : [],
  );
  return [...binaries, ...renamed];
}

/** Whether any Debian package is selected. Without one there is nothing to lock. */
export function selectsPackages(contents: Contents): boolean {
  return contents.packages.length + wantedFiles(contents).length > 0;
}

/** Computes a digest of everything in `contents` that decides which .debs are needed. */
export function selectionDigest(contents: Contents): string {
  const { suite, components, packages, mergedUsr } = contents;
  const selection = {
    suite,
    // Locks that are older than this key stay valid.
    ...(components.join() === DEFAULT_COMPONENTS.join() ? {} : { components }),
    packages,
    mergedUsr,
    exclude: excludedPackages(contents),
    wanted: wantedFiles(contents),
  };
  return createHash('sha256').update(JSON.stringify(selection)).digest('hex');
}
