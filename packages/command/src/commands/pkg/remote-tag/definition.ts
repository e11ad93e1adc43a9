import type { Definition } from '../../../definition.js';
import { packageFlags } from '../package-flags.js';

/** `linuxkit pkg remote-tag`. */
export const pkgRemoteTag: Definition = {
  name: 'pkg remote-tag',
  text: 'gives an image of a registry another name; in another repository it is copied',
  given: 'FROM TO',
  flags: [
    { name: 'release', kind: 'text', value: 'VERSION', as: 'needless', text: 'LinuxKit reads it nowhere' },
    ...packageFlags.map((flag) => ({
      ...flag,
      ...(flag.as !== 'refused' && {
        as: 'needless' as const,
        text: 'FROM and TO name images, not packages',
      }),
    })),
  ],
  load: () => import('./run.js'),
};
