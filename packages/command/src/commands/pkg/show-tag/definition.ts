import type { Definition } from '../../../definition.js';
import { exclusivePackageFlags, packageFlags } from '../package-flags.js';

/** `linuxkit pkg show-tag`. */
export const pkgShowTag: Definition = {
  name: 'pkg show-tag',
  text: 'prints the name of each package’s image, whose tag is git’s hash of the folder',
  given: 'DIR...',
  exclusive: exclusivePackageFlags,
  flags: [
    {
      name: 'canonical',
      kind: 'switch',
      text: 'prints the name in full, as docker.io/linuxkit/foo:1234',
    },
    ...packageFlags,
  ],
  load: () => import('./run.js'),
};
