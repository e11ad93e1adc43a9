import type { Platform } from '../platform.js';

export const hetzner: Platform = {
  name: 'hetzner',
  title: 'Hetzner Cloud',
  formats: ['raw-bios', 'raw-efi'],
  options: [
    { name: 'location', text: 'location of the server that writes the disk', default: 'fsn1' },
    {
      name: 'server-type',
      text: 'type of that server, whose disk is the least that machines of the image need; else the smallest one',
      default: '',
    },
  ],
  credentials:
    'HCLOUD_TOKEN, with the right to read and write. The program `ssh` writes the disk, with a key of one push.',
  permissions: ['a token that reads and writes'],
  load: async () => (await import('./target.js')).openHetzner,
  loadInstance: async () => (await import('./instance.js')).startHetznerInstance,
};
