import type { Definition } from '../../../definition.js';

/** `linuxkit cache ls`. */
export const cacheLs: Definition = {
  name: 'cache ls',
  text: 'lists the images of the cache with their digests',
  given: '',
  flags: [],
  load: () => import('./run.js'),
};
