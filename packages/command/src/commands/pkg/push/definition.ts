import type { Definition } from '../../../definition.js';
import { buildFlags, exclusiveBuildFlags } from '../build/build-flags.js';

/** `linuxkit pkg push`. */
export const pkgPush: Definition = {
  name: 'pkg push',
  text: 'builds the images of packages and pushes them: pkg build --push',
  given: 'DIR...',
  exclusive: exclusiveBuildFlags,
  flags: buildFlags,
  load: () => import('./run.js'),
};
