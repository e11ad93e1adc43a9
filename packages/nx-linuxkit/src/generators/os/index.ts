import { formatFiles, joinPathFragments, type Tree } from '@nx/devkit';
import { FaultyName } from './name.js';
import { myOs } from './template.js';

export interface OsOptions {
  readonly name: string;
  readonly directory?: string;
  readonly skipFormat?: boolean;
}

/** Writes the YAML of a system that boots: kernel, init, network, a web server; all packages of the base set. */
export default async function osGenerator(
  tree: Tree,
  { name, directory, skipFormat }: OsOptions,
): Promise<void> {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name)) throw new FaultyName(name);
  const folder = directory ?? name;
  const file = joinPathFragments(folder, 'linuxkit.yml');
  if (tree.exists(file)) throw new FaultyName(name, file);
  tree.write(file, myOs(name));
  if (!folder.endsWith(name))
    tree.write(joinPathFragments(folder, 'project.json'), `${JSON.stringify({ name }, null, 2)}\n`);
  if (!skipFormat) await formatFiles(tree);
}
