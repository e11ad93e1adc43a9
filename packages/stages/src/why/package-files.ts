import { readPackageFile } from '../plan/dockerfile/package-file.js';
import { DEFAULT_FILE } from '../plan/dockerfile/dockerfile-package.js';
import { contextFiles } from '../plan/dockerfile/context-hash.js';
import { readPackageInputs } from '../plan/dockerfile/package-inputs.js';
import { fileDigest, packageDigests } from '../plan/package-hash.js';
import type { PackageNode } from './fields/packages.js';

/** The files that a package's image is made of: each with its path in the package, and its sha256. Reads all of them. */
export function packageFiles(
  workspaceRoot: string,
  folder: string,
  { source, platform }: PackageNode,
): [string, string][] {
  if (source.dockerfile === undefined) {
    return packageDigests(folder).map(([path, digest]) => [path, digest.toString('hex')]);
  }
  const found = readPackageFile(workspaceRoot, source.folder, source.file ?? DEFAULT_FILE, source.overrides);
  if (!found) return [];
  const files = contextFiles(workspaceRoot, readPackageInputs(workspaceRoot, found, platform));
  return files.map(([path, absolute]) => [path || found.dockerfile, fileDigest(absolute).toString('hex')]);
}
