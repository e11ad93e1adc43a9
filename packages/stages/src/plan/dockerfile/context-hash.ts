import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileDigest } from '../package-hash.js';
import type { PackageInputs } from './package-inputs.js';

/** sha256 over the names and bytes of all files that a package with a Dockerfile is made of. */
export function contextHash(workspaceRoot: string, { context, plan }: PackageInputs): string {
  const hash = createHash('sha256');
  const files = context.filter(({ type }) => type === 'file');
  const named = [
    ...files.map(({ path, source }) => [path, source]),
    ['', resolve(workspaceRoot, plan.dockerfile.file)],
  ];
  for (const [path, source] of named) hash.update(`${path}\0`).update(fileDigest(source));
  return hash.digest('hex');
}
