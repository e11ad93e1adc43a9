import type { Definition } from '../../definition.js';
import { SYSTEM_FLAGS } from '../system/flags.js';

/** `nx-linuxkit licenses`, which LinuxKit does not have. */
export const licenses: Definition = {
  name: 'licenses',
  text: 'says which licences the packages of a system have',
  given: 'FILE...',
  flags: [
    {
      name: 'allow',
      kind: 'list',
      value: 'ID,...',
      as: 'ours',
      text: 'fails for a package with another licence than these identifiers of SPDX; `unknown` is one of them',
    },
    {
      name: 'deny',
      kind: 'list',
      value: 'ID,...',
      as: 'ours',
      text: 'fails for a package with one of these licences',
    },
    { name: 'json', kind: 'switch', as: 'ours', text: 'prints JSON' },
    ...SYSTEM_FLAGS,
  ],
  load: () => import('./run.js'),
};
