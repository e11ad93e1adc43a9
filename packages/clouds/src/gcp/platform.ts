import type { Platform } from '../platform.js';

export const gcp: Platform = {
  name: 'gcp',
  title: 'Google Compute Engine',
  formats: ['gcp'],
  options: [
    { name: 'project', text: 'id of the project', env: ['CLOUDSDK_CORE_PROJECT', 'GOOGLE_CLOUD_PROJECT'] },
    {
      name: 'bucket',
      text: 'bucket of Cloud Storage that holds the file while it is imported',
      env: ['CLOUDSDK_IMAGE_BUCKET'],
    },
    { name: 'family', text: 'family of the image', env: ['CLOUDSDK_IMAGE_FAMILY'], default: '' },
  ],
  credentials:
    'CLOUDSDK_AUTH_ACCESS_TOKEN, which `gcloud auth print-access-token` prints; else the file GOOGLE_APPLICATION_CREDENTIALS, else ' +
    'the one that `gcloud auth application-default login` writes.',
  permissions: [
    'compute.images.create',
    'compute.images.delete',
    'compute.images.list',
    'compute.projects.get',
    'storage.objects.create',
    'storage.objects.delete',
    'storage.objects.get',
  ],
  load: async () => (await import('./target.js')).openGcp,
  instanceOptions: [
    { name: 'zone', text: 'zone of the instance', env: ['CLOUDSDK_COMPUTE_ZONE'] },
    { name: 'machine-type', text: 'type of the instance; else e2-small or t2a-standard-1', default: '' },
    { name: 'network', text: 'network of the instance', default: 'default' },
  ],
  loadInstance: async () => (await import('./instance.js')).startGcpInstance,
};
