import type { Platform } from '../platform.js';

export const digitalocean: Platform = {
  name: 'digitalocean',
  title: 'DigitalOcean',
  formats: ['qcow2-bios', 'raw-bios', 'vmdk'],
  options: [
    { name: 'region', text: 'region of the image, such as fra1' },
    { name: 'bucket', text: 'bucket of Spaces that holds the file while it is imported' },
    { name: 'spaces-region', text: 'region of the bucket, if it is another one', default: '' },
  ],
  credentials:
    'DIGITALOCEAN_TOKEN or DIGITALOCEAN_ACCESS_TOKEN, and for the bucket SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY.',
  permissions: [
    'account:read',
    'image:create',
    'image:read',
    'image:delete',
    'a key of Spaces that reads, writes and deletes in the bucket',
  ],
  load: async () => (await import('./target.js')).openDigitalocean,
  instanceOptions: [
    { name: 'machine-type', text: 'size of the droplet', default: 's-1vcpu-1gb' },
    { name: 'ssh-key', text: 'fingerprint of a key of the account, which some images need', default: '' },
  ],
  loadInstance: async () => (await import('./instance.js')).startDroplet,
};
