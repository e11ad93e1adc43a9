import type { Platform } from '../platform.js';

export const proxmox: Platform = {
  name: 'proxmox',
  title: 'Proxmox VE',
  formats: ['qcow2-efi', 'qcow2-bios', 'raw-efi', 'raw-bios', 'vmdk'],
  options: [
    { name: 'endpoint', text: 'address of the API: https://pve.example:8006', env: ['PROXMOX_VE_ENDPOINT'] },
    { name: 'node', text: 'node that holds the template' },
    { name: 'storage', text: 'storage that takes imports, for the file', default: 'local' },
    { name: 'disk-storage', text: 'storage of the template’s disk', default: 'local-lvm' },
    { name: 'bridge', text: 'bridge of the template’s network card', default: 'vmbr0' },
  ],
  credentials:
    'PROXMOX_VE_API_TOKEN, in the form user@realm!name=secret. For a certificate of its own, NODE_EXTRA_CA_CERTS names the ' +
    'file /etc/pve/pve-root-ca.pem of the node.',
  permissions: [
    'Datastore.Audit',
    'Datastore.AllocateTemplate',
    'Datastore.AllocateSpace',
    'SDN.Use',
    'VM.Allocate',
    'VM.Audit',
    'VM.Clone',
    'VM.Config.CDROM',
    'VM.Config.CPU',
    'VM.Config.Disk',
    'VM.Config.HWType',
    'VM.Config.Memory',
    'VM.Config.Network',
    'VM.Config.Options',
    'VM.PowerMgmt',
  ],
  load: async () => (await import('./target.js')).openProxmox,
  instanceOptions: [
    { name: 'data-storage', text: 'storage that takes ISO images, for the user data', default: 'local' },
  ],
  loadInstance: async () => (await import('./instance.js')).startProxmoxMachine,
};
