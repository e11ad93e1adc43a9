import { createHash } from 'node:crypto';
import type { Contents } from '../contents/model.js';
import type { Wanted } from '../contents/select.js';

/** Names of packages among `exclude`; the rest are globs of paths. */
export function excludedPackages({ exclude }: Contents): string[] {
  return exclude.filter((name) => !name.startsWith('/'));
}

export function excludedPaths({ exclude }: Contents): string[] {
  return exclude.filter((name) => name.startsWith('/'));
}

/** Files that are picked out of packages, by `binaries` and by `files` with `from`. */
export function wantedFiles({ binaries, files }: Contents): Wanted[] {
  const renamed = files.flatMap(({ package: name, from }) =>
    name && from ? [{ package: name, paths: [from] }] : [],
  );
  return [...binaries, ...renamed];
}

/** A digest of all that decides which .debs are needed: a lock made from another selection is stale. */
export function selectionDigest(contents: Contents): string {
  const { suite, packages, mergedUsr } = contents;
  const selection = {
    suite,
    packages,
    mergedUsr,
    exclude: excludedPackages(contents),
    wanted: wantedFiles(contents),
  };
  return createHash('sha256').update(JSON.stringify(selection)).digest('hex');
}
