import type { Definition } from '../../definition.js';

/** Shells that a script can be made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** `linuxkit completion`. */
export const completion: Definition = {
  name: 'completion',
  text: 'prints a script that completes commands and flags, for bash, zsh or fish',
  given: 'SHELL',
  flags: [],
  load: () => import('./run.js'),
};
