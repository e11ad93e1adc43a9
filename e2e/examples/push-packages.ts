import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Workspace } from '../workspace/workspace.js';
import { packageLayout } from './package-layout.js';

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
    const name = packageOf(reference);
    const to = join(workspace.base, 'layouts', name);
    const layout = packageLayout(workspace.path(outputOf(name)), workspace.store, to);
    const target = `docker://${registry}/${reference}`;
    await run('skopeo', [
      'copy',
      '--quiet',
      '--preserve-digests',
      '--dest-tls-verify=false',
      `oci:${layout}`,
      target,
    ]);
  }
}

const outputOf = (name: string) => `.linuxkit/packages/@nx-linuxkit/images/${name}-amd64/image`;
