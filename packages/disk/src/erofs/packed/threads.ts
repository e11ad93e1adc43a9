import { join } from 'node:path';

/** The module that a thread runs. Threads run compiled code, also when tests run the sources. */
export const PACK_CLUSTERS = join(__dirname.replace(/src(?=.erofs.packed$)/, 'dist'), 'pack-clusters.js');
