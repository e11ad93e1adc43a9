import { join } from 'node:path';
import type { DiskMedium } from '../../options.js';
import { withRootDevice } from '@nx-linuxkit/formats';
import type { GuestMachine, Hypervisor, Plan } from '../hypervisor.js';
import { plainPath, refused, refusedMedium, refusePorts, tapOf } from '../refuse.js';

const TITLE = 'cloud-hypervisor';
const FORMATS = ['kernel+initrd', 'kernel+squashfs', 'kernel+erofs', 'kernel+iso', 'raw-efi', 'qcow2-efi'];
/** Where distributions and the project's own packages put the firmware for disks. */
const FIRMWARE = '/usr/share/cloud-hypervisor/CLOUDHV_EFI.fd';

/**
 * cloud-hypervisor: https://github.com/cloud-hypervisor/cloud-hypervisor.
 */
export const cloudHypervisor: Hypervisor = {
  name: 'cloud-hypervisor',
  title: TITLE,
  formats: FORMATS,
  architectures: ['amd64', 'arm64'],
  install: 'Download cloud-hypervisor from its releases on GitHub; it needs Linux with KVM.',
  plan(machine): Plan {
    refusePorts(TITLE, machine);
    const { medium, state } = machine;
    if (medium.kind === 'disk' && medium.archived === undefined) {
      const to = join(state, 'disk.img');
      const args = ['--firmware', firmwareOf(machine, medium), '--disk', `path=${plainPath(TITLE, to)}`];
      return {
        copies: [{ from: medium.path, to }],
        run: { program: TITLE, args: [...args, ...dataDisk(machine), ...common(machine)] },
      };
    }
    if (medium.kind !== 'kernel') throw refusedMedium(TITLE, medium, FORMATS);
    const { kernel, initrd, root, cmdline = '' } = medium;
    const disks = root === undefined ? [] : [`path=${plainPath(TITLE, root)},readonly=on`];
    const line = root === undefined ? cmdline.trim() : withRootDevice(cmdline.trim());
    const args = [
      ...['--kernel', kernel],
      ...(initrd === undefined ? [] : ['--initramfs', initrd]),
      ...(line === '' ? [] : ['--cmdline', line]),
      ...(disks.length > 0 ? ['--disk', ...disks] : []),
    ];
    return {
      run: { program: TITLE, args: [...args, ...dataDisk(machine, disks.length > 0), ...common(machine)] },
    };
  },
};

/** A further value of `--disk`, which comes once and takes several values. */
function dataDisk({ data, medium }: GuestMachine, follows = medium.kind === 'disk'): string[] {
  if (data === undefined) return [];
  return [...(follows ? [] : ['--disk']), `path=${plainPath(TITLE, data)},readonly=on`];
}

function common(machine: GuestMachine): string[] {
  const tap = tapOf(TITLE, machine);
  return [
    ...['--cpus', `boot=${machine.cpus}`],
    ...['--memory', `size=${machine.memory}M`],
    ...['--serial', 'tty', '--console', 'off'],
    ...(tap === undefined ? [] : ['--net', `tap=${tap}`]),
  ];
}

function firmwareOf({ uefi }: GuestMachine, { firmware }: DiskMedium): string {
  if (firmware === 'uefi') return uefi?.code ?? FIRMWARE;
  throw refused(`${TITLE} has no BIOS`, 'Boot raw-efi or qcow2-efi.');
}
