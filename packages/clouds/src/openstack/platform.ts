import type { Platform } from '../platform.js';

export const openstack: Platform = {
  name: 'openstack',
  title: 'OpenStack',
  formats: ['qcow2-efi', 'qcow2-bios', 'raw-efi', 'raw-bios', 'iso-efi', 'iso-bios', 'iso', 'vmdk'],
  options: [
    {
      name: 'region',
      text: 'region, where the catalog has several',
      env: ['OS_REGION_NAME'],
      default: '',
    },
    { name: 'visibility', text: 'private, shared, community or public', default: 'private' },
  ],
  credentials:
    'The variables of an openrc file: OS_AUTH_URL with OS_APPLICATION_CREDENTIAL_ID and _SECRET, or with OS_USERNAME, OS_PASSWORD, ' +
    'OS_PROJECT_NAME and the domains; or OS_AUTH_TYPE=none with OS_ENDPOINT for a Glance without Keystone.',
  permissions: ['image:get_images', 'image:add_image', 'image:upload_image', 'image:delete_image'],
  load: async () => (await import('./target.js')).openOpenstack,
  instanceOptions: [
    { name: 'machine-type', text: 'name or id of the flavor' },
    { name: 'network', text: 'id of the network, or auto', default: 'auto' },
  ],
  loadInstance: async () => (await import('./instance.js')).startOpenstackServer,
};
