import type { Definition } from '../../definition.js';
import { reportFlags } from '../report/flags.js';

/** `nx-linuxkit size`, which LinuxKit does not have. */
export const size: Definition = {
  name: 'size',
  text: 'says what the initrd of a system is made of, by image, package and file',
  given: 'FILE...',
  flags: [
    {
      name: 'budget',
      kind: 'text',
      value: 'SIZE',
      as: 'ours',
      text: 'fails where the initrd is larger, such as 50MB or 48MiB',
    },
    {
      name: 'since',
      kind: 'text',
      value: 'FILE',
      as: 'ours',
      text: 'says what has changed since FILE, which --json of an earlier call has printed',
    },
    ...reportFlags,
  ],
  load: () => import('./run.js'),
};
