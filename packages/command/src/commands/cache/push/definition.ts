import type { Definition } from '../../../definition.js';

/** `linuxkit cache push`. */
export const cachePush: Definition = {
  name: 'cache push',
  text: 'uploads images of the cache to their registries',
  given: 'IMAGE...',
  flags: [
    {
      name: 'remote-name',
      kind: 'text',
      value: 'NAME',
      text: 'uploads under this name; default: the image’s own',
    },
    {
      name: 'with-arch-tags',
      kind: 'switch',
      text: 'uploads the image of each architecture also as TAG-ARCH',
    },
    {
      name: 'override',
      kind: 'switch',
      text: 'replaces what the registry has; default: platforms that only the registry has stay in the index',
    },
  ],
  load: () => import('./run.js'),
};
