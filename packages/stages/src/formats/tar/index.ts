import { join } from 'node:path';
import type { MakeFormat } from '../format.js';
import { writePieces } from '../write-pieces.js';
import { rootArchive } from './root-archive.js';

/** The root as one archive; PAX records say which image each entry came from. */
export const tar: MakeFormat = async (system, folder) => {
  await writePieces(join(folder, `${system.name}.tar`), rootArchive(await system.tree()));
};
