import type { Definition } from '../../definition.js';

/** `linuxkit version`. */
export const version: Definition = {
  name: 'version',
  text: 'prints the version',
  given: '',
  flags: [
    { name: 'short', kind: 'switch', text: 'prints the number alone' },
    {
      name: 'commit',
      kind: 'switch',
      as: 'refused',
      text: 'a published package knows no commit; run `nx-linuxkit version --short`',
    },
  ],
  load: () => import('./run.js'),
};
