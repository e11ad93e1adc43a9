import type { Definition } from '../../definition.js';
import { reportFlags } from '../report/flags.js';

/** `nx-linuxkit diff`, which LinuxKit does not have. */
export const diff: Definition = {
  name: 'diff',
  text: 'says which files, images and packages of a system differ from another state of it',
  given: 'FILE...',
  flags: [
    {
      name: 'with',
      kind: 'text',
      value: 'OTHER',
      as: 'ours',
      text: 'is the other state: a folder of formats, a git ref such as HEAD~1, or the reference of a system in a registry',
    },
    ...reportFlags,
  ],
  load: () => import('./run.js'),
};
