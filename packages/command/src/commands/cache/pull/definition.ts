import type { Definition } from '../../../definition.js';

/** `linuxkit cache pull`. */
export const cachePull: Definition = {
  name: 'cache pull',
  text: 'fetches images with all their platforms into the cache',
  given: 'IMAGE...',
  flags: [
    {
      name: 'platform',
      kind: 'list',
      value: 'OS/ARCH,...',
      as: 'ours',
      text: 'fetches these platforms alone',
    },
  ],
  load: () => import('./run.js'),
};
