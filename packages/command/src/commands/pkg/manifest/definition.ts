import type { Definition } from '../../../definition.js';
import { exclusivePackageFlags, packageFlags } from '../package-flags.js';

/** `linuxkit pkg manifest`. */
export const pkgManifest: Definition = {
  name: 'pkg manifest',
  text: 'writes the index of a package’s tag anew in the registry, of all images there that have the tag TAG-ARCH',
  given: 'DIR',
  exclusive: exclusivePackageFlags,
  flags: [
    { name: 'release', kind: 'text', value: 'VERSION', text: 'writes the index of this tag as well' },
    ...packageFlags,
  ],
  load: () => import('./run.js'),
};

/** `linuxkit pkg index`, which is the same. */
export const pkgIndex: Definition = { ...pkgManifest, name: 'pkg index' };
