import type { Definition } from '../../../definition.js';

/** `linuxkit cache import`. */
export const cacheImport: Definition = {
  name: 'cache import',
  text: 'takes images out of an OCI archive; - is standard input',
  given: 'FILE',
  flags: [],
  load: () => import('./run.js'),
};
