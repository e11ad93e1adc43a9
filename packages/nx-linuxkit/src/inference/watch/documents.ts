import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { lockFileOf, type ImageNode, type OsInputs, type PackageFinder } from '@nx-linuxkit/stages/plan';
import { inDaemon } from './in-daemon.js';
import { unwatchedPackage } from './package-watch.js';
import type { Watch } from './watch.js';

/**
 * Why the keys of a system may be out of date: a file that inference has read, the YAML, what it extends, or its lock,
 * is one whose change Nx does not report to a daemon. A `generated` file may be one that git ignores where each command
 * infers anew, which is so without a daemon.
 */
export function unwatchedDocument(
  { os }: OsInputs,
  file: string,
  watch: Watch,
  generated = false,
): string | undefined {
  const own = [file, lockFileOf(file)];
  const seen = generated && !inDaemon() ? own : [];
  const paths = [...new Set([...own, ...os.documents])];
  return unwatchedFile(
    paths.filter((path) => !seen.includes(path)),
    watch,
  );
}

/** The same for files that inference has read, by their paths relative to the workspace. */
export function unwatchedFile(paths: readonly string[], watch: Watch): string | undefined {
  return paths
    .map((path) => watch.document(join(watch.workspaceRoot, path)).unwatched)
    .find((reason) => reason !== undefined);
}

/** The same for the packages of a system. A daemon does not see when a symlink by which one is named leads to another one. */
export function unwatchedPackages(
  images: readonly ImageNode[],
  watch: Watch,
  packages: Pick<PackageFinder, 'namedAt'>,
): string | undefined {
  const reasons = images.flatMap(({ source }) => {
    if (source.kind !== 'package') return [];
    const named = inDaemon() && !source.pinned ? packages.namedAt(source) : [];
    return [unwatchedPackage(source, watch), ...named.map((path) => watch.document(path).unwatched)];
  });
  return reasons.find((reason) => reason !== undefined);
}

/** A warning for each folder of outputs that is a symlink. */
export function linkedOutputs(workspaceRoot: string): string[] {
  return ['dist', '.linuxkit'].filter((name) => isLink(join(workspaceRoot, name))).map(warning);
}

function warning(name: string): string {
  return `${name} is a symlink: Nx replaces it by a folder when it takes an output from its cache (nrwl/nx#37061); use a bind mount in its place`;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
