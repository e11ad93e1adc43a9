import { basename, dirname } from 'node:path';
import { withRootDevice } from '@nx-linuxkit/formats';
import type { ResolvedDisk } from './disks.js';
import { attachDrives, type Drive } from './drives.js';
import { MachineError } from './error.js';
import {
  DEFAULT_ARCHITECTURE,
  type Architecture,
  type BootMedium,
  type Firmware,
  type MachineOptions,
  type PublishedPort,
  type UefiImages,
} from './options.js';
import { lanArguments, type LanCard } from './lan.js';
import { withLikeness } from './likeness.js';
import { checkNetwork, hostForward } from './ports.js';

/** What depends on the host: free ports, disks that exist, firmware that is installed. */
export interface HostResources {
  readonly ports: readonly PublishedPort[];
  readonly disks: readonly ResolvedDisk[];
  readonly uefi?: UefiImages;
  /** The card on a network of this host's machines. */
  readonly lan?: LanCard;
  /** Thousands of ticks per second of the counter that an emulated processor shows. */
  readonly tscKhz?: number;
}

/** MiB, as `linuxkit run qemu` gives a machine. */
export const DEFAULT_MEMORY = 1024;

/**
 * amd64 uses `pc` unless the options say `q35`: every kernel has a driver for the PIIX IDE of `pc`, which has the CDs, but
 * cloud kernels lack one for the AHCI of `q35`. arm64 names a 64-bit CPU, because the default of `virt` is a 32-bit one.
 */
const MACHINES: Record<Architecture, readonly string[]> = {
  amd64: ['-machine', 'pc'],
  arm64: ['-machine', 'virt', '-cpu', 'cortex-a57'],
  riscv64: ['-machine', 'virt'],
};

/**
 * What QEMU calls the PCs. A microvm has neither PIT nor BIOS of a PC: ACPI names its devices, and PCI Express carries the same ones
 * that other machines have: https://www.qemu.org/docs/master/system/i386/microvm.html.
 */
const PCS = { pc: 'pc', q35: 'q35', microvm: 'microvm,acpi=on,pcie=on' } as const;

/** Returns the firmware that starts a medium. Throws `invalid-option` for a combination that does not exist. */
export function firmwareOf(medium: BootMedium, arch: Architecture): Firmware | 'none' {
  if (medium.firmware === 'bios' && (arch !== 'amd64' || medium.kind === 'efi')) {
    const what = medium.kind === 'efi' ? 'a BIOS cannot start an EFI program' : `${arch} has no BIOS`;
    throw new MachineError('invalid-option', what, { hint: 'Boot it by UEFI.' });
  }
  if (medium.kind === 'efi') return 'uefi';
  if (arch === 'amd64') return medium.firmware ?? 'bios';
  return medium.firmware ?? (medium.kind === 'kernel' ? 'none' : 'uefi');
}

/** Where QEMU has no counter of the host to show, it counts nanoseconds. */
const DEFAULT_TSC_KHZ = 1_000_000;

/** Returns QEMU's arguments. It reads nothing but its parameters, so that a table of cases tests all of it. */
export function qemuArguments(given: MachineOptions, host: HostResources, noReboot = false): string[] {
  const options = withLikeness(given);
  const arch = options.arch ?? DEFAULT_ARCHITECTURE;
  checkMicrovm(options);
  return [
    ...machine(options, arch),
    '-m',
    String(wholeNumber('memory', options.memory ?? DEFAULT_MEMORY)),
    '-smp',
    String(wholeNumber('cpus', options.cpus ?? 1)),
    ...display(options, arch),
    '-chardev',
    'stdio,id=console,signal=on',
    '-serial',
    'chardev:console',
    '-device',
    'virtio-rng-pci',
    ...network(options, host.ports, arch),
    ...lanArguments(host.lan),
    ...firmware(host.uefi),
    ...bootMedium(options, arch, host),
    ...attachDrives([...bootDrives(options), ...extraDrives(options, host.disks)], arch),
    ...cds(options, arch),
    ...(noReboot ? ['-no-reboot'] : []),
    ...(options.args ?? []),
  ];
}

function wholeNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new MachineError('invalid-option', `${name}: expected a whole number above 0, got ${value}`);
}

/** Selects the machine. With kvm and hvf the guest gets the host's CPU, whose architecture it must have. */
function machine(options: MachineOptions, arch: Architecture): string[] {
  const accel = options.accel ?? 'tcg';
  const host = accel === 'kvm' || accel === 'hvf' ? ['-cpu', 'host'] : [];
  const [flag, type, ...cpu] = MACHINES[arch];
  return [flag, chipset(options, arch) ?? type, ...(host.length > 0 ? host : cpu), '-accel', accel];
}

function chipset({ machine }: MachineOptions, arch: Architecture): string | undefined {
  if (machine === undefined) return undefined;
  if (arch === 'amd64') return PCS[machine];
  throw new MachineError('invalid-option', `${arch} has no machine ${machine}`, {
    hint: 'Leave the option out: pc, q35 and microvm are machines of amd64.',
  });
}

/** A microvm starts a kernel that QEMU loads, has no screen, and no IDE. Throws `invalid-option` for what it lacks. */
function checkMicrovm({ machine, medium, diskBus, display }: MachineOptions): void {
  if (machine !== 'microvm') return;
  const refused = (what: string, hint: string) =>
    new MachineError('invalid-option', `machine: a microvm has no ${what}`, { hint });
  if (medium.kind !== 'kernel' || medium.firmware === 'uefi')
    throw refused('firmware that boots disks', 'Boot kernel+initrd, kernel+squashfs or kernel+erofs.');
  if (diskBus === 'ide') throw refused('IDE', 'Leave the option diskBus out.');
  if (display === 'window')
    throw refused('screen', 'Leave the option display out: its console is the serial port.');
}

/** Adds a graphics card on a PC, which boot loaders need. A kernel that QEMU loads itself needs none. */
function display({ medium, display = 'none' }: MachineOptions, arch: Architecture): string[] {
  const isSeen = display === 'window';
  const card = arch === 'amd64' && (isSeen || medium.kind !== 'kernel') ? ['-vga', 'std'] : [];
  return ['-nodefaults', ...(isSeen ? [] : ['-display', 'none']), ...card];
}

/**
 * Adds the network card, without its option ROM unless the machine boots from the network: PXE would wait for seconds.
 * The ROM is iPXE.
 */
function network(options: MachineOptions, ports: readonly PublishedPort[], arch: Architecture): string[] {
  checkNetwork(options, ports);
  const boots = options.medium.kind === 'netboot';
  if (boots) checkNetboot(options, arch);
  if (options.network === 'none') return [];
  const rom = boots ? 'bootindex=0' : 'romfile=';
  const card = [`${options.card === 'vmxnet3' ? 'vmxnet3' : 'virtio-net-pci'},netdev=net0,${rom}`];
  const mac = options.mac ? [`mac=${options.mac}`] : [];
  return ['-netdev', netdev(options, ports), '-device', [...card, ...mac].join(',')];
}

/** QEMU's user network alone has a TFTP server, and its card's ROM is for PCs alone. */
function checkNetboot({ network = 'user' }: MachineOptions, arch: Architecture): void {
  if (network === 'user' && arch === 'amd64') return;
  const what = arch === 'amd64' ? `the network ${network} serves no files` : `QEMU has no iPXE for ${arch}`;
  throw new MachineError('invalid-option', `cannot boot from the network: ${what}`, {
    hint: 'Leave the option network out on amd64, or boot another format.',
  });
}

function netdev({ medium, network = 'user' }: MachineOptions, ports: readonly PublishedPort[]): string {
  const [kind, name] = network.split(/,(.*)/s);
  const served =
    medium.kind === 'netboot'
      ? [`tftp=${escape(dirname(medium.path))}`, `bootfile=${escape(basename(medium.path))}`]
      : [];
  if (kind === 'user') return ['user,id=net0', ...served, ...ports.map(hostForward)].join(',');
  if (kind === 'tap' && name) return `tap,id=net0,ifname=${escape(name)},script=no,downscript=no`;
  if (kind === 'bridge' && name) return `bridge,id=net0,br=${escape(name)}`;
  throw new MachineError('invalid-option', `unknown network ${JSON.stringify(network)}`, {
    hint: 'Write user, none, tap,<device> or bridge,<bridge>.',
  });
}

function firmware(uefi: UefiImages | undefined): string[] {
  if (!uefi) return [];
  const flash = (unit: number, path: string, readonly: string) => [
    '-drive',
    `if=pflash,unit=${unit},format=raw,readonly=${readonly},file=${escape(path)}`,
  ];
  if (uefi.vars === undefined) return flash(0, uefi.code, 'off');
  return [...flash(0, uefi.code, 'on'), ...flash(1, uefi.vars, 'off')];
}

/** Returns the arguments of a medium, but for its disk. */
function bootMedium(options: MachineOptions, arch: Architecture, host: HostResources): string[] {
  const { medium } = options;
  if (medium.kind === 'iso') {
    return ['-drive', cdDrive('boot', medium.path), ...attachCd(cdDevice(options, arch, 0), 'boot', 0)];
  }
  if (medium.kind !== 'kernel') return [];
  const { kernel, initrd, cmdline = '', root } = medium;
  const line = root === undefined ? cmdline.trim() : withRootDevice(cmdline.trim());
  const append = withTicks(line, options, host);
  return [
    '-kernel',
    kernel,
    ...(initrd === undefined ? [] : ['-initrd', initrd]),
    ...(append ? ['-append', append] : []),
  ];
}

/**
 * An emulated microvm has no timer by which Linux could measure the processor's counter, and would wait for ever. So the line says how
 * fast that runs; with hardware acceleration the hypervisor says it.
 */
function withTicks(
  line: string,
  { machine, accel = 'tcg' }: MachineOptions,
  { tscKhz }: HostResources,
): string {
  const isNeeded = machine === 'microvm' && accel === 'tcg' && !/(^|\s)tsc_early_khz=/.test(line);
  return isNeeded ? `${line} tsc_early_khz=${tscKhz ?? DEFAULT_TSC_KHZ}`.trim() : line;
}

/**
 * The disk of a medium: an image, a root file system, or a folder of the host with an EFI program, which QEMU presents as
 * FAT. `root=` names the root's virtio disk, so that its bus is fixed.
 */
function bootDrives({ medium, diskBus }: MachineOptions): Drive[] {
  if (medium.kind === 'kernel') {
    if (medium.root === undefined) return [];
    return [{ id: 'root', options: `format=raw,readonly=on,file=${escape(medium.root)}`, bus: 'virtio' }];
  }
  if (medium.kind === 'efi') {
    const options = `format=raw,readonly=on,file=fat:${escape(medium.path)}`;
    return [{ id: 'boot', options, bus: 'virtio', bootindex: 0 }];
  }
  if (medium.kind === 'iso' || medium.kind === 'netboot') return [];
  const snapshot = medium.writable ? 'off' : 'on';
  const options = `format=${medium.format ?? 'raw'},snapshot=${snapshot},file=${escape(medium.path)}`;
  return [{ id: 'boot', options, bus: diskBus ?? medium.interface ?? 'virtio', bootindex: 0 }];
}

/** Further disks follow the boot disk, so that a virtio boot disk is the guest's vda. */
function extraDrives({ diskBus = 'virtio' }: MachineOptions, disks: readonly ResolvedDisk[]): Drive[] {
  return disks.map(({ path, format }, index) => ({
    id: `disk${index}`,
    options: `format=${format},file=${escape(path)}`,
    bus: diskBus,
  }));
}

function cdDrive(id: string, path: string): string {
  return `if=none,id=${id},media=cdrom,format=raw,readonly=on,file=${escape(path)}`;
}

/** The nth CD. Only a PC has IDE; each other CD has a controller of its own. */
function cdDevice({ machine }: MachineOptions, arch: Architecture, n: number): readonly string[] {
  return arch === 'amd64' && machine !== 'microvm'
    ? ['ide-cd']
    : [`virtio-scsi-pci,id=cd${n}`, `scsi-cd,bus=cd${n}.0`];
}

function cds(options: MachineOptions, arch: Architecture): string[] {
  const { cds = [] } = options;
  return cds.flatMap((path, i) => [
    '-drive',
    cdDrive(`cd-${i}`, path),
    ...attachCd(cdDevice(options, arch, i + 1), `cd-${i}`),
  ]);
}

/** Attaches a CD: first the controller, if it has its own, then the device. */
function attachCd(devices: readonly string[], drive: string, bootindex?: number): string[] {
  const order = bootindex === undefined ? '' : `,bootindex=${bootindex}`;
  return devices.flatMap((device, index) => [
    '-device',
    index === devices.length - 1 ? `${device},drive=${drive}${order}` : device,
  ]);
}

/** Doubles commas, because a single comma ends a value in QEMU's options. */
function escape(path: string): string {
  return path.replaceAll(',', ',,');
}
