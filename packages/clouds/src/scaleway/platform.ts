import type { Platform } from '../platform.js';

export const scaleway: Platform = {
  name: 'scaleway',
  title: 'Scaleway',
  formats: ['qcow2-efi'],
  options: [
    { name: 'project', text: 'id of the project', env: ['SCW_DEFAULT_PROJECT_ID'] },
    {
      name: 'zone',
      text: 'zone of snapshot and image',
      env: ['SCW_DEFAULT_ZONE'],
      default: 'fr-par-1',
    },
    { name: 'bucket', text: 'bucket that holds the file while it is imported, in the region of the zone' },
  ],
  credentials:
    'SCW_ACCESS_KEY and SCW_SECRET_KEY, else the profile SCW_PROFILE, or the active one, of ~/.config/scw/config.yaml.',
  permissions: [
    'InstancesFullAccess',
    'BlockStorageFullAccess',
    'ObjectStorageBucketsRead',
    'ObjectStorageObjectsRead',
    'ObjectStorageObjectsWrite',
    'ObjectStorageObjectsDelete',
  ],
  load: async () => (await import('./target.js')).openScaleway,
  instanceOptions: [{ name: 'machine-type', text: 'type of the server', default: 'PLAY2-NANO' }],
  loadInstance: async () => (await import('./instance.js')).startScalewayServer,
};
