import type { Definition } from '../../../definition.js';

/** `linuxkit cache clean`. */
export const cacheClean: Definition = {
  name: 'cache clean',
  text: 'empties the cache: images, and all that was made of them; the next build fetches and makes them again. Layers of Debian packages that no mirror has any more stay',
  given: '',
  flags: [
    {
      name: 'published-only',
      kind: 'switch',
      text: 'removes only images that the registry has too, and keeps what was made of others',
    },
    {
      name: 'older-than',
      kind: 'number',
      value: 'DAYS',
      text: 'removes only what no build has used for so many days; images with a name stay',
      as: 'ours',
    },
    {
      name: 'larger-than',
      kind: 'number',
      value: 'MB',
      text: 'removes what was used longest ago until so much is left; images with a name stay, and so does what was used within the hour',
      as: 'ours',
    },
    {
      name: 'keep-locks',
      kind: 'repeated',
      value: 'DIR',
      text: 'removes what the lock files in DIR and below do not name; images with a name stay, and so does what was used within the hour; may be repeated',
      as: 'ours',
    },
  ],
  exclusive: [
    ['published-only', 'older-than'],
    ['published-only', 'larger-than'],
    ['published-only', 'keep-locks'],
  ],
  load: () => import('./run.js'),
};
