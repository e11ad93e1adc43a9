import { join } from 'node:path';
import { writeTar } from '@nx-linuxkit/tree';
import type { MakeFormat } from '../format.js';
import { writeFileFrom } from '../write-file.js';

/** The root as one archive; PAX records say which image each entry came from. */
export const tar: MakeFormat = async (system, folder) => {
  const tree = await system.tree();
  await writeFileFrom(join(folder, `${system.name}.tar`), writeTar(tree.entries(), { origins: true }));
};
