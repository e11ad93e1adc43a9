import type { Platform } from '../platform.js';

export const vcenter: Platform = {
  name: 'vcenter',
  title: 'VMware vCenter',
  formats: ['ova'],
  options: [
    {
      name: 'url',
      text: 'address of vCenter: https://vcenter.example',
      env: ['GOVC_URL', 'VSPHERE_SERVER'],
    },
    { name: 'library', text: 'name of a local content library', env: ['GOVC_LIBRARY'] },
  ],
  credentials:
    'GOVC_USERNAME and GOVC_PASSWORD, or VSPHERE_USER and VSPHERE_PASSWORD. For a certificate of its own, NODE_EXTRA_CA_CERTS names ' +
    'a file with the root certificate of vCenter.',
  permissions: [
    'Content library.Add library item',
    'Content library.Update library item',
    'Content library.Update files',
    'Content library.Delete library item',
    'vApp.Import, Virtual machine.Edit inventory, Virtual machine.Change configuration and Virtual machine.Interaction (for instances)',
  ],
  load: async () => (await import('./target.js')).openVcenter,
  instanceOptions: [{ name: 'resource-pool', text: 'id of the resource pool, such as resgroup-10' }],
  loadInstance: async () => (await import('./instance.js')).startVcenterMachine,
};
