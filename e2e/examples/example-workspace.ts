import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../workspace/packed.js';
import { Workspace } from '../workspace/workspace.js';

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8');

/** The plugin's options in this repository: where the examples' names of images lead to. */
export const pluginOptions = JSON.parse(read('nx.json')).plugins[0].options as Record<string, unknown>;

/** A fresh workspace with examples of this repository, under the same options unless others are given. */
export function exampleWorkspace(
  names: readonly string[],
  {
    plugin = pluginOptions,
    files = {},
  }: { plugin?: Record<string, unknown>; files?: Record<string, string> } = {},
): Promise<Workspace> {
  const examples = names.map((name) => `examples/${name}/linuxkit.yml`);
  return Workspace.create({
    plugin,
    files: { ...Object.fromEntries(examples.map((path) => [path, read(path)])), ...files },
  });
}
