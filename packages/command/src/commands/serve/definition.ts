import type { Definition } from '../../definition.js';

/** `linuxkit serve`. */
export const serve: Definition = {
  name: 'serve',
  text: 'serves a folder to machines that boot from the network, by HTTP and by TFTP, until it is ended',
  given: '',
  flags: [
    {
      name: 'directory',
      kind: 'text',
      value: 'DIR',
      text: 'is the folder, such as that of the format netboot; default: the working folder',
    },
    {
      name: 'port',
      kind: 'text',
      value: '[ADDRESS]:PORT',
      text: 'is where HTTP is served, port 0 at any free one; default: :8080',
    },
    {
      name: 'tftp',
      kind: 'text',
      value: '[ADDRESS]:PORT',
      as: 'ours',
      text: 'is where TFTP is served, as :69, too; default: nowhere',
    },
  ],
  load: () => import('./run.js'),
};
