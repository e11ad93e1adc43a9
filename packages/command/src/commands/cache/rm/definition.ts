import type { Definition } from '../../../definition.js';

/** `linuxkit cache rm`. */
export const cacheRm: Definition = {
  name: 'cache rm',
  text: 'removes images of the cache, and of their blobs those that no other image there has',
  given: 'IMAGE...',
  flags: [
    {
      name: 'published-only',
      kind: 'switch',
      text: 'removes only what the registry has too',
    },
  ],
  load: () => import('./run.js'),
};
