import type { Definition } from '../../definition.js';

/** `linuxkit completion`. */
export const completion: Definition = {
  name: 'completion',
  text: 'prints a script that completes commands and flags, for bash, zsh or fish',
  given: 'SHELL',
  flags: [],
  load: () => import('./run.js'),
};
