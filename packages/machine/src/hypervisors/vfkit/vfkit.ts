import { join } from 'node:path';
import { withRootDevice } from '@nx-linuxkit/formats';
import type { GuestMachine, Hypervisor, Plan } from '../hypervisor.js';
import { plainPath, refused, refusedMedium, refusePorts } from '../refuse.js';

const TITLE = 'vfkit';
const FORMATS = ['kernel+initrd', 'kernel+squashfs', 'kernel+erofs', 'kernel+iso', 'raw-efi'];
/** The console that Virtualization.framework has; there is no serial port. */
const CONSOLE = 'console=hvc0';

/**
 * vfkit, which runs machines by the Virtualization.framework of macOS.
 * Source: https://github.com/crc-org/vfkit/blob/main/doc/usage.md.
 */
export const vfkit: Hypervisor = {
  name: 'vfkit',
  title: TITLE,
  formats: FORMATS,
  architectures: ['amd64', 'arm64'],
  install: 'Install it on macOS: brew install vfkit.',
  plan(machine): Plan {
    refusePorts(TITLE, machine);
    const { medium, state } = machine;
    if (medium.kind === 'kernel') {
      const { kernel, initrd, root, cmdline = '' } = medium;
      if (initrd === undefined) throw refused(`${TITLE} needs an initrd`, 'Boot the format kernel+initrd.');
      const named = root === undefined ? cmdline.trim() : withRootDevice(cmdline.trim());
      const line = /(^|\s)console=hvc0(\s|$)/.test(named) ? named : `${named} ${CONSOLE}`.trim();
      // The command line may hold commas, so it is no part of `--bootloader`, whose value is a list with commas.
      const args = ['--kernel', kernel, '--initrd', initrd, '--kernel-cmdline', line];
      const disks = root === undefined ? [] : [blockDevice(root)];
      return { run: { program: TITLE, args: [...args, ...devices(machine, disks)] } };
    }
    if (medium.kind !== 'disk' || (medium.format ?? 'raw') !== 'raw' || medium.archived !== undefined)
      throw refusedMedium(TITLE, medium, FORMATS);
    if (medium.firmware !== 'uefi') throw refused(`${TITLE} has no BIOS`, 'Boot raw-efi.');
    const to = join(state, 'disk.img');
    const variables = plainPath(TITLE, join(state, 'efi-variables'));
    const args = ['--bootloader', `efi,variable-store=${variables},create`];
    return {
      copies: [{ from: medium.path, to }],
      run: { program: TITLE, args: [...args, ...devices(machine, [blockDevice(to)])] },
    };
  },
};

const blockDevice = (path: string): string => `virtio-blk,path=${plainPath(TITLE, path)}`;

function devices({ cpus, memory, data, network }: GuestMachine, disks: readonly string[]): string[] {
  const wanted = [
    ...disks,
    ...(data === undefined ? [] : [blockDevice(data)]),
    ...(network === 'none' ? [] : ['virtio-net,nat']),
    'virtio-rng',
    'virtio-serial,stdio',
  ];
  if (network !== 'none' && network !== 'user')
    throw refused(`${TITLE} has no network ${network}`, 'Write user or none.');
  return ['--cpus', `${cpus}`, '--memory', `${memory}`, ...wanted.flatMap((device) => ['--device', device])];
}
