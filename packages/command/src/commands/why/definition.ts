import type { Definition } from '../../definition.js';
import { reportFlags } from '../report/flags.js';

/** `nx-linuxkit why`, which LinuxKit does not have. */
export const why: Definition = {
  name: 'why',
  text: 'says why the last build of a system that made something had to: what had changed, and what was made of it',
  given: 'FILE...',
  flags: reportFlags,
  load: () => import('./run.js'),
};
