import { join } from 'node:path';
import type { BootMedium, PublishedPort } from '../../options.js';
import type { Command, GuestMachine, Hypervisor, Plan } from '../hypervisor.js';
import { refused, refusedMedium } from '../refuse.js';

const TITLE = 'VirtualBox';
const FORMATS = ['iso', 'iso-bios', 'iso-efi', 'vhd', 'vhd-efi', 'dynamic-vhd', 'vmdk'];
/** The controller of all disks. */
const CONTROLLER = 'SATA';
/** The address and the interrupt of the first serial port of a PC. */
const SERIAL = ['0x3F8', '4'];

/**
 * VirtualBox, by its program VBoxManage: https://www.virtualbox.org/manual/ch08.html.
 */
export const virtualbox: Hypervisor = {
  name: 'virtualbox',
  title: TITLE,
  formats: FORMATS,
  architectures: ['amd64'],
  install: 'Install VirtualBox, whose program VBoxManage has to be on the PATH.',
  plan(machine): Plan {
    const { name, state, medium } = machine;
    const { disk, copies } = bootDisk(machine);
    const socket = join(machine.sockets, 'console');
    return {
      copies,
      prepare: [
        manage('createvm', '--name', name, '--ostype', 'Linux26_64', '--basefolder', state, '--register'),
        manage('modifyvm', name, ...hardware(machine), '--uart1', ...SERIAL, '--uartmode1', 'server', socket),
        manage(
          'storagectl',
          name,
          '--name',
          CONTROLLER,
          '--add',
          'sata',
          '--portcount',
          '2',
          '--bootable',
          'on',
        ),
        attach(name, 0, medium.kind === 'iso' ? 'dvddrive' : 'hdd', disk),
        ...(machine.data === undefined ? [] : [attach(name, 1, 'dvddrive', machine.data)]),
        manage('startvm', name, '--type', 'headless'),
      ],
      run: {
        ask: manage('showvminfo', name, '--machinereadable'),
        isRunning: (printed) => /^VMState="(starting|running|paused|stopping)"/m.test(printed),
      },
      console: socket,
      finish: [manage('controlvm', name, 'poweroff'), manage('unregistervm', name, '--delete')],
    };
  },
};

const manage = (...args: string[]): Command => ({ program: 'VBoxManage', args });

function attach(name: string, port: number, type: string, path: string): Command {
  const where = ['--storagectl', CONTROLLER, '--port', `${port}`, '--device', '0'];
  return manage('storageattach', name, ...where, '--type', type, '--medium', path);
}

/** A CD as it is; a copy of a disk, which is removed with the machine. */
function bootDisk({ medium, state }: GuestMachine): { disk: string; copies: Plan['copies'] } {
  if (medium.kind === 'iso') return { disk: medium.path, copies: [] };
  const extension =
    medium.kind === 'disk' ? { vpc: 'vhd', vmdk: 'vmdk' }[medium.format as string] : undefined;
  if (medium.kind !== 'disk' || extension === undefined || medium.archived !== undefined)
    throw refusedMedium(TITLE, medium, FORMATS);
  const disk = join(state, `disk.${extension}`);
  return { disk, copies: [{ from: medium.path, to: disk }] };
}

function hardware({ medium, memory, cpus, network, ports }: GuestMachine): string[] {
  return [
    ...['--memory', `${memory}`, '--cpus', `${cpus}`, '--firmware', firmwareOf(medium)],
    ...[
      '--ioapic',
      'on',
      '--rtcuseutc',
      'on',
      '--audio',
      'none',
      '--boot1',
      medium.kind === 'iso' ? 'dvd' : 'disk',
    ],
    ...networkOf(network),
    ...ports.flatMap((port, index) => ['--natpf1', forwardOf(port, index)]),
  ];
}

function firmwareOf(medium: BootMedium): string {
  return medium.firmware === 'uefi' ? 'efi' : 'bios';
}

function networkOf(network: GuestMachine['network']): string[] {
  if (network === 'none') return ['--nic1', 'none'];
  const [kind, device] = network.split(',');
  if (kind === 'user') return ['--nic1', 'nat', '--nictype1', 'virtio'];
  if (kind === 'bridge' && device)
    return ['--nic1', 'bridged', '--nictype1', 'virtio', '--bridgeadapter1', device];
  throw refused(`${TITLE} has no network ${network}`, 'Write user, none or bridge,<device>.');
}

function forwardOf({ address = '127.0.0.1', host, guest, protocol }: PublishedPort, index: number): string {
  return `port${index},${protocol},${address},${host},,${guest}`;
}
