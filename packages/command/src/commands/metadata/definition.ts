import type { Definition } from '../../definition.js';

/** `linuxkit metadata create`. */
export const metadataCreate: Definition = {
  name: 'metadata create',
  text: 'writes a CD image that hands a text to the metadata package of a guest, or to cloud-init',
  given: 'FILE TEXT',
  flags: [
    {
      name: 'disk',
      kind: 'text',
      value: 'KIND',
      choices: ['config', 'cidata', 'config-2'],
      text: 'is the label and the layout: LinuxKit’s config (the default), cidata of NoCloud, or config-2 of OpenStack',
      as: 'ours',
    },
    {
      name: 'name',
      kind: 'text',
      value: 'NAME',
      text: 'is the host name of the guest in cidata and config-2; default: linuxkit',
      as: 'ours',
    },
  ],
  load: () => import('./run.js'),
};
