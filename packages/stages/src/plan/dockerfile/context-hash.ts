import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileDigest } from '../package-hash.js';
import type { PackageInputs } from './package-inputs.js';

/** sha256 over the names and bytes of all files that a package with a Dockerfile is made of. */
export function contextHash(workspaceRoot: string, inputs: PackageInputs): string {
  const hash = createHash('sha256');
  for (const [path, source] of contextFiles(workspaceRoot, inputs)) {
    hash.update(`${path}\0`).update(fileDigest(source));
  }
  return hash.digest('hex');
}

/** The path in the context and the absolute path of each file of a package with a Dockerfile; '' is the Dockerfile's. */
export function contextFiles(workspaceRoot: string, { context, plan }: PackageInputs): [string, string][] {
  const files = context.filter(({ type }) => type === 'file');
  return [
    ...files.map(({ path, source }): [string, string] => [path, source]),
    ['', resolve(workspaceRoot, plan.dockerfile.file)],
  ];
}
