import { withRootDevice } from '@nx-linuxkit/formats';
import type { ResolvedDisk } from './disks.js';
import { MachineError } from './error.js';
import type {
  Architecture,
  BootMedium,
  DiskInterface,
  DiskMedium,
  Firmware,
  KernelMedium,
  MachineOptions,
  PublishedPort,
  UefiImages,
} from './options.js';
import { hostForward } from './ports.js';

/** What only a look at this machine can tell. */
export interface Resolved {
  readonly ports: readonly PublishedPort[];
  readonly disks: readonly ResolvedDisk[];
  readonly uefi?: UefiImages;
}

/** MiB, as LinuxKit. */
export const DEFAULT_MEMORY = 1024;

/**
 * amd64 is `pc`, not `q35`: its IDE is PIIX, which every kernel that boots old disks has, while q35's is AHCI,
 * which cloud kernels leave out. arm64 needs a CPU named, as `virt` starts with a 32-bit one.
 */
const MACHINES: Record<Architecture, readonly string[]> = {
  amd64: ['-machine', 'pc'],
  arm64: ['-machine', 'virt', '-cpu', 'cortex-a57'],
  riscv64: ['-machine', 'virt'],
};

export function firmwareOf(medium: BootMedium, arch: Architecture): Firmware | 'none' {
  if (medium.firmware === 'bios' && (arch !== 'amd64' || medium.kind === 'efi')) {
    const what = medium.kind === 'efi' ? 'a BIOS starts no EFI program' : `there is no BIOS on ${arch}`;
    throw new MachineError('invalid-option', what, { hint: 'Boot it by UEFI.' });
  }
  if (medium.kind === 'efi') return 'uefi';
  if (arch === 'amd64') return medium.firmware ?? 'bios';
  return medium.firmware ?? (medium.kind === 'kernel' ? 'none' : 'uefi');
}

/** QEMU's arguments: pure, so that a table can test them. */
export function qemuArguments(options: MachineOptions, resolved: Resolved, noReboot = false): string[] {
  const arch = options.arch ?? 'amd64';
  return [
    ...machine(options, arch),
    '-m',
    String(wholeNumber('memory', options.memory ?? DEFAULT_MEMORY)),
    '-smp',
    String(wholeNumber('cpus', options.cpus ?? 1)),
    ...display(options.medium, arch),
    '-chardev',
    'stdio,id=console,signal=on',
    '-serial',
    'chardev:console',
    '-device',
    'virtio-rng-pci',
    ...network(options, resolved.ports),
    ...firmware(resolved.uefi),
    ...bootMedium(options.medium, arch),
    ...extraDisks(resolved.disks),
    ...(noReboot ? ['-no-reboot'] : []),
    ...(options.args ?? []),
  ];
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new MachineError('invalid-option', `${name} is ${value}, expected a whole number above 0`);
}

/** A guest of the host's own architecture, on its hardware, sees the host's CPU. */
function machine(options: MachineOptions, arch: Architecture): string[] {
  const accel = options.accel ?? 'tcg';
  const host = accel === 'kvm' || accel === 'hvf' ? ['-cpu', 'host'] : [];
  const base = host.length > 0 ? MACHINES[arch].slice(0, 2) : MACHINES[arch];
  return [...base, ...host, '-accel', accel];
}

/** Boot loaders want a graphics card on a PC even if nobody looks at it; a kernel of our own starting does not. */
function display(medium: BootMedium, arch: Architecture): string[] {
  const card = arch === 'amd64' && medium.kind !== 'kernel' ? ['-vga', 'std'] : [];
  return ['-nodefaults', '-display', 'none', ...card];
}

/** No option ROM: nothing boots from the network, and waiting for PXE takes seconds. */
function network(options: MachineOptions, ports: readonly PublishedPort[]): string[] {
  if (options.network === 'none') {
    if (ports.length === 0) return [];
    throw new MachineError('invalid-option', 'ports are published, but the machine has no network');
  }
  return [
    '-netdev',
    ['user,id=net0', ...ports.map(hostForward)].join(','),
    '-device',
    'virtio-net-pci,netdev=net0,romfile=',
  ];
}

function firmware(uefi: UefiImages | undefined): string[] {
  if (!uefi) return [];
  const flash = (unit: number, path: string, readonly: string) => [
    '-drive',
    `if=pflash,unit=${unit},format=raw,readonly=${readonly},file=${escape(path)}`,
  ];
  return [...flash(0, uefi.code, 'on'), ...flash(1, uefi.vars, 'off')];
}

function bootMedium(medium: BootMedium, arch: Architecture): string[] {
  if (medium.kind === 'kernel') return kernel(medium);
  if (medium.kind === 'disk') return disk(medium, arch);
  if (medium.kind === 'efi') return efiFolder(medium.path);
  const drive = `if=none,id=boot,media=cdrom,format=raw,readonly=on,file=${escape(medium.path)}`;
  const device = arch === 'amd64' ? ['ide-cd'] : ['virtio-scsi-pci,id=scsi0', 'scsi-cd,bus=scsi0.0'];
  return ['-drive', drive, ...attach(device, 'boot', 0)];
}

function kernel({ kernel, initrd, cmdline = '', root }: KernelMedium): string[] {
  const append = root === undefined ? cmdline.trim() : withRootDevice(cmdline.trim());
  return [
    '-kernel',
    kernel,
    ...(initrd === undefined ? [] : ['-initrd', initrd]),
    ...(append ? ['-append', append] : []),
    ...(root === undefined ? [] : rootDisk(root)),
  ];
}

/** A folder of the host that QEMU shows as a FAT disk. */
function efiFolder(path: string): string[] {
  const drive = `if=none,id=boot,format=raw,readonly=on,file=fat:${escape(path)}`;
  return ['-drive', drive, ...attach(DEVICES.virtio, 'boot', 0)];
}

function rootDisk(path: string): string[] {
  const drive = `if=none,id=root,format=raw,readonly=on,file=${escape(path)}`;
  return ['-drive', drive, ...attach(DEVICES.virtio, 'root')];
}

const DEVICES: Record<DiskInterface, readonly string[]> = {
  virtio: ['virtio-blk-pci'],
  ide: ['ide-hd'],
  scsi: ['virtio-scsi-pci,id=scsi0', 'scsi-hd,bus=scsi0.0'],
  nvme: ['nvme,serial=boot'],
};

function disk(medium: DiskMedium, arch: Architecture): string[] {
  const type = medium.interface ?? 'virtio';
  if (type === 'ide' && arch !== 'amd64') {
    throw new MachineError('invalid-option', `there is no IDE on ${arch}`, {
      hint: 'Use virtio, scsi or nvme.',
    });
  }
  const snapshot = medium.writable ? 'off' : 'on';
  const drive = `if=none,id=boot,format=${medium.format ?? 'raw'},snapshot=${snapshot},file=${escape(medium.path)}`;
  return ['-drive', drive, ...attach(DEVICES[type], 'boot', 0)];
}

/** After the boot medium, so that a virtio boot disk is the guest's vda and these follow it. */
function extraDisks(disks: readonly ResolvedDisk[]): string[] {
  return disks.flatMap(({ path, format }, index) => [
    '-drive',
    `if=none,id=disk${index},format=${format},file=${escape(path)}`,
    ...attach(DEVICES.virtio, `disk${index}`),
  ]);
}

/** The controller, if the interface has one of its own, then the device on the drive. */
function attach(devices: readonly string[], drive: string, bootindex?: number): string[] {
  const order = bootindex === undefined ? '' : `,bootindex=${bootindex}`;
  return devices.flatMap((device, index) => [
    '-device',
    index === devices.length - 1 ? `${device},drive=${drive}${order}` : device,
  ]);
}

/** A comma ends a value in QEMU's options, two of them stand for one. */
function escape(path: string): string {
  return path.replaceAll(',', ',,');
}
