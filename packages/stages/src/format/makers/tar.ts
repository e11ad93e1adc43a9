import { writePieces } from '../write-pieces.js';
import type { MakeFormat } from './maker.js';
import { rootArchive } from './root-archive.js';

/** The root as one archive. PAX records say which image each entry came from. */
export const tar: MakeFormat = async (system, path) => {
  await writePieces(path('image'), rootArchive(await system.tree()));
};
