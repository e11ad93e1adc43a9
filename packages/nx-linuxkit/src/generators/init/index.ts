import type { GeneratorCallback, Tree } from '@nx/devkit';
import { installsDevkit } from './devkit.js';
import type { InitOptions } from './options.js';

/**
 * Sets up a workspace, for `nx add nx-linuxkit`. A workspace without the devkit gets it first; the generator then runs
 * again in a process of its own, which finds it.
 */
export default async function initGenerator(
  tree: Tree,
  options: InitOptions,
): Promise<GeneratorCallback | undefined> {
  const install = installsDevkit(tree, options);
  if (install) return install;
  // The static imports of this file load no devkit.
  const { registerPlugin } = await import('./register.js');
  await registerPlugin(tree, options);
  return undefined;
}
