import type { Definition } from '../../definition.js';

/** `linuxkit metadata create`. */
export const metadataCreate: Definition = {
  name: 'metadata create',
  text: 'writes a CD image that hands a text to LinuxKit’s metadata package',
  given: 'FILE TEXT',
  flags: [],
  load: () => import('./run.js'),
};
