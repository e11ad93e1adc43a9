import { nearest } from '@nx-linuxkit/errors';
import { MachineError } from '../error.js';
import { cloudHypervisor } from './cloud-hypervisor/cloud-hypervisor.js';
import { firecracker } from './firecracker/firecracker.js';
import { hyperv } from './hyperv/hyperv.js';
import type { Hypervisor } from './hypervisor.js';
import { vfkit } from './vfkit/vfkit.js';
import { virtualbox } from './virtualbox/virtualbox.js';
import { vmware } from './vmware/vmware.js';

/** Every hypervisor beside QEMU, in the order of help. */
export const hypervisors: readonly Hypervisor[] = [
  firecracker,
  cloudHypervisor,
  vfkit,
  virtualbox,
  vmware,
  hyperv,
];

/** The hypervisor of a name. Throws MachineError `invalid-option`; `others` are further names that the caller knows. */
export function findHypervisor(name: string, others: readonly string[] = []): Hypervisor {
  const found = hypervisors.find((hypervisor) => hypervisor.name === name);
  if (found) return found;
  const names = [...hypervisors.map((hypervisor) => hypervisor.name), ...others];
  const near = nearest(name, names);
  throw new MachineError(
    'invalid-option',
    `on: nothing here is called ${JSON.stringify(name)}${near === undefined ? '' : `, did you mean ${near}?`}`,
    { hint: `A system boots on ${names.join(', ')}; without the option in QEMU.` },
  );
}
