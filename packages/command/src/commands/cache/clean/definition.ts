import type { Definition } from '../../../definition.js';

/** `linuxkit cache clean`. */
export const cacheClean: Definition = {
  name: 'cache clean',
  text: 'empties the cache: images, and all that was made of them; the next build fetches and makes them again',
  given: '',
  flags: [
    {
      name: 'published-only',
      kind: 'switch',
      text: 'removes only images that the registry has too, and keeps what was made of others',
    },
  ],
  load: () => import('./run.js'),
};
