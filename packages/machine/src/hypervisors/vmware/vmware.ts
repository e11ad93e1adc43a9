import { join } from 'node:path';
import type { GuestMachine, Hypervisor, Plan } from '../hypervisor.js';
import { refused, refusedMedium, refusePorts } from '../refuse.js';

const TITLE = 'VMware';
const FORMATS = ['iso', 'iso-bios', 'iso-efi'];
/** The version of virtual hardware that Workstation 14 and Fusion 10 have, and all newer ones. */
const HARDWARE = '14';

/**
 * VMware Workstation, Player and Fusion, by a file of settings and the program vmrun. They write to the disks that they run
 * from, and take no VMDK that is a stream, so a CD boots.
 */
export const vmware: Hypervisor = {
  name: 'vmware',
  title: TITLE,
  formats: FORMATS,
  architectures: ['amd64'],
  install: 'Install VMware Workstation or Fusion, whose program vmrun has to be on the PATH.',
  plan(machine): Plan {
    refusePorts(TITLE, machine);
    const { medium, name, state } = machine;
    if (medium.kind !== 'iso') throw refusedMedium(TITLE, medium, FORMATS);
    const path = join(state, `${name}.vmx`);
    const socket = join(machine.sockets, 'console');
    const host = ['-T', process.platform === 'darwin' ? 'fusion' : 'ws'];
    const vmrun = (...args: string[]) => ({ program: 'vmrun', args: [...host, ...args] });
    return {
      files: [{ path, text: settingsOf(machine, medium.path, socket) }],
      prepare: [vmrun('start', path, 'nogui')],
      run: { ask: vmrun('list'), isRunning: (printed) => printed.split(/\r?\n/).includes(path) },
      console: socket,
      finish: [vmrun('stop', path, 'hard'), vmrun('deleteVM', path)],
    };
  },
};

/** The machine, as VMware's own dialogs would write it down. */
function settingsOf(machine: GuestMachine, cd: string, socket: string): string {
  const { name, memory, cpus, medium, data } = machine;
  const settings: Record<string, string | undefined> = {
    '.encoding': 'UTF-8',
    'config.version': '8',
    'virtualHW.version': HARDWARE,
    displayName: name,
    guestOS: 'other5xlinux-64',
    memsize: `${memory}`,
    numvcpus: `${cpus}`,
    firmware: medium.firmware === 'uefi' ? 'efi' : 'bios',
    'uefi.secureBoot.enabled': medium.firmware === 'uefi' ? 'FALSE' : undefined,
    'pciBridge0.present': 'TRUE',
    'sata0.present': 'TRUE',
    ...cdRom('sata0:0', cd),
    ...(data !== undefined && cdRom('sata0:1', data)),
    'serial0.present': 'TRUE',
    'serial0.fileType': 'pipe',
    'serial0.fileName': socket,
    'serial0.pipe.endPoint': 'server',
    'serial0.tryNoRxLoss': 'FALSE',
    'serial0.yieldOnMsrRead': 'TRUE',
    ...networkOf(machine),
    'msg.autoAnswer': 'TRUE',
    'tools.syncTime': 'FALSE',
  };
  return Object.entries(settings)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([key, value]) => `${key} = "${escape(value)}"\n`)
    .join('');
}

function cdRom(device: string, path: string): Record<string, string> {
  return {
    [`${device}.present`]: 'TRUE',
    [`${device}.deviceType`]: 'cdrom-image',
    [`${device}.fileName`]: path,
    [`${device}.startConnected`]: 'TRUE',
  };
}

function networkOf({ network }: GuestMachine): Record<string, string> {
  if (network === 'none') return { 'ethernet0.present': 'FALSE' };
  if (network !== 'user') throw refused(`${TITLE} has no network ${network}`, 'Write user or none.');
  return {
    'ethernet0.present': 'TRUE',
    'ethernet0.connectionType': 'nat',
    'ethernet0.virtualDev': 'vmxnet3',
    'ethernet0.addressType': 'generated',
  };
}

/** A quotation mark ends a value, and `|` begins a code in hexadecimal digits. */
function escape(value: string): string {
  return value.replace(
    /["|\r\n]/g,
    (sign) => `|${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}
