import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Workspace } from '../workspace/workspace.js';

const run = promisify(execFile);

/** Returns the package of a reference: `init` for `linuxkit/init:v1.0`. */
export const packageOf = (reference: string) => reference.replace(/^.*\//, '').replace(/:.*$/, '');

/** Copies packages that a workspace has built to a registry, under the names that a YAML has for them. */
export async function pushPackages(
  workspace: Workspace,
  references: readonly string[],
  registry: string,
): Promise<void> {
  for (const reference of references) {
    const archive = workspace.path(archiveOf(packageOf(reference)));
    const target = `docker://${registry}/${reference}`;
    await run('skopeo', [
      'copy',
      '--quiet',
      '--preserve-digests',
      '--dest-tls-verify=false',
      `oci-archive:${archive}`,
      target,
    ]);
  }
}

const archiveOf = (name: string) => `.linuxkit/packages/@nx-linuxkit/images/${name}-amd64/image/image.tar`;
