import type { Platform } from '../platform.js';

export const azure: Platform = {
  name: 'azure',
  title: 'Microsoft Azure',
  formats: ['vhd-efi', 'vhd'],
  options: [
    { name: 'subscription', text: 'id of the subscription', env: ['AZURE_SUBSCRIPTION_ID'] },
    { name: 'resource-group', text: 'resource group of the image', env: ['AZURE_RESOURCE_GROUP'] },
    {
      name: 'location',
      text: 'region of the image; by default that of the resource group',
      env: ['AZURE_LOCATION'],
      default: '',
    },
    { name: 'gallery', text: 'compute gallery in which a new image is published too', default: '' },
  ],
  credentials:
    'AZURE_ACCESS_TOKEN, which `az account get-access-token --query accessToken --output tsv` prints; else a service principal: ' +
    'AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE.',
  permissions: [
    'Microsoft.Compute/disks/read',
    'Microsoft.Compute/disks/write',
    'Microsoft.Compute/disks/delete',
    'Microsoft.Compute/disks/beginGetAccess/action',
    'Microsoft.Compute/disks/endGetAccess/action',
    'Microsoft.Compute/images/read',
    'Microsoft.Compute/images/write',
    'Microsoft.Compute/images/delete',
    'Microsoft.Compute/galleries/read, …/images/read and write, …/images/versions/read, write and delete (with gallery)',
    'Microsoft.Resources/subscriptions/resourceGroups/read',
  ],
  load: async () => (await import('./target.js')).openAzure,
  instanceOptions: [
    {
      name: 'machine-type',
      text: 'size of the machine; else Standard_B2s or Standard_B2pls_v2',
      default: '',
    },
    { name: 'subnet', text: 'id of the subnet: /subscriptions/…/virtualNetworks/…/subnets/default' },
  ],
  loadInstance: async () => (await import('./instance.js')).startAzureMachine,
};
