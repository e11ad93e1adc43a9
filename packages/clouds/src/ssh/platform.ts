import type { Platform } from '../platform.js';

export const ssh: Platform = {
  name: 'ssh',
  title: 'A disk of a machine, by SSH',
  formats: ['raw-efi', 'raw-bios', 'aws', 'iso', 'iso-efi', 'iso-bios'],
  options: [
    { name: 'host', text: 'who and where, as ssh takes it: root@203.0.113.7' },
    { name: 'device', text: 'the disk that is overwritten, such as /dev/sda' },
    { name: 'config', text: 'a configuration file of ssh, for port, key and known hosts', default: '' },
  ],
  credentials: 'Those of the program `ssh`: its agent, its keys, its configuration. It asks for no password.',
  permissions: [],
  load: async () => (await import('./target.js')).openSsh,
};
