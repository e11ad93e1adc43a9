import type { Definition } from '../../../definition.js';
import { buildFlags, exclusiveBuildFlags } from './build-flags.js';

/** `linuxkit pkg build`. */
export const pkgBuild: Definition = {
  name: 'pkg build',
  text: 'builds the images of packages: folders with a build.yml and a Dockerfile, or with contents; what has not changed is not built again',
  given: 'DIR...',
  exclusive: exclusiveBuildFlags,
  flags: [
    { name: 'push', kind: 'switch', text: 'pushes the images when all of them are built' },
    ...buildFlags,
  ],
  load: () => import('./run.js'),
};
