import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Store } from '@nx-linuxkit/oci';
import { REPOSITORY } from '../workspace/packed.js';
import { Workspace, type WorkspaceOptions } from '../workspace/workspace.js';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

/** The plugin's options in this repository, which map the examples' names of images to the base set. */
export const pluginOptions = JSON.parse(read('nx.json')).plugins[0].options as Record<string, unknown>;

/** The store of the user that runs the tests, in which the images of the base set are once they were built. */
const SHARED_STORE = { NX_LINUXKIT_STORE: Store.open().dir };

/**
 * Creates a workspace with examples of this repository, under the same options unless others are given. It shares a store
 * with other tests, so that the base set is built once; `env: {}` gives it a store of its own.
 */
export function exampleWorkspace(
  names: readonly string[],
  {
    plugin = pluginOptions,
    files = {},
    env = SHARED_STORE,
  }: Pick<WorkspaceOptions, 'plugin' | 'files' | 'env'> = {},
): Promise<Workspace> {
  const examples = names.map((name) => `examples/${name}/linuxkit.yml`);
  return Workspace.create({
    plugin,
    env,
    files: { ...Object.fromEntries(examples.map((path) => [path, read(path)])), ...files },
  });
}
