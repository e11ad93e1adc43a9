import type { LoaderName } from '@nx-linuxkit/formats';
import type { Entry, Tree } from '@nx-linuxkit/tree';
import { generatedFile } from '../../generated-inode.js';
import type { System } from '../system.js';
import type { KernelModule } from './kernel-modules.js';

/** The tree of a small initrd: the loader's, with the modules and the order in which its init loads them. */
export async function loaderTree(
  system: Pick<System, 'loader'>,
  loader: LoaderName,
  modules: readonly KernelModule[],
): Promise<Entry[]> {
  const tree: Tree = (await system.loader(loader)).clone();
  const places = modules.map(({ name }) => `lib/modules/${name}.ko`);
  modules.forEach(({ inode }, i) => tree.set(places[i], inode));
  tree.set('modules', generatedFile(places.map((place) => `/${place}\n`).join('')));
  return tree.entries();
}
