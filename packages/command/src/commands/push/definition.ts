import type { Definition } from '../../definition.js';

/** `nx-linuxkit push oci`, which LinuxKit does not have. */
export const pushOci: Definition = {
  name: 'push oci',
  text: 'uploads what a build made to a registry, from where run qemu oci://REFERENCE boots it',
  given: 'PATH REFERENCE',
  flags: [
    {
      name: 'format',
      kind: 'list',
      value: 'NAME',
      text: 'names the formats whose files begin with PATH, the --dir and --name of a build; default: kernel+initrd',
      as: 'ours',
    },
    {
      name: 'arch',
      kind: 'text',
      value: 'ARCH',
      text: 'is the architecture of the system; default: that of this machine',
      as: 'ours',
    },
  ],
  load: () => import('./run.js'),
};
