import { existsSync, readFileSync } from 'node:fs';
import { findFormat, type Container, type FileRole, type Medium } from '@nx-linuxkit/formats';
import type { BootMedium, DiskMedium, Firmware } from './options.js';

/** What a format's files are called on this machine. */
type PathOf = (role: FileRole) => string;

/** What QEMU calls the containers, and the controller that their guests expect. */
const CONTAINERS: Record<Container, Pick<DiskMedium, 'format' | 'interface' | 'archived'>> = {
  raw: {},
  qcow2: { format: 'qcow2' },
  vhd: { format: 'vpc', interface: 'ide' },
  'dynamic-vhd': { format: 'vpc', interface: 'ide' },
  vhdx: { format: 'vhdx' },
  'dynamic-vhdx': { format: 'vhdx' },
  vmdk: { format: 'vmdk' },
  ova: { format: 'vmdk', archived: 'disk.vmdk' },
  gcp: { archived: 'disk.raw' },
};

const BUILDERS: Record<Medium, (path: PathOf, container: Container) => BootMedium> = {
  kernel: (path) => ({ ...kernel(path), initrd: path('initrd') }),
  'kernel-root': (path) => ({ ...kernel(path), root: path('root') }),
  'bios-disk': disk('bios'),
  'efi-disk': disk('uefi'),
  'ab-disk': disk('uefi'),
  'bios-cd': cd('bios'),
  'efi-cd': cd('uefi'),
  'hybrid-cd': cd('bios'),
  'efi-program': (path) => ({ kind: 'efi', path: path('image') }),
  netboot: (path) => ({ kind: 'netboot', path: path('script') }),
};

/**
 * What QEMU boots of a format whose files begin with `prefix`, a path; undefined for a format that no machine boots and
 * for an unknown one. Reads the command line, and looks for the initrd that only some kernels need to mount their root.
 */
export function mediumOf(formatName: string, prefix: string): BootMedium | undefined {
  const format = findFormat(formatName);
  if (!format?.medium) return undefined;
  const path = (role: FileRole) => prefix + (format.files[role] ?? '');
  return BUILDERS[format.medium](path, format.container ?? 'raw');
}

function kernel(path: PathOf): BootMedium & { kind: 'kernel' } {
  const [initrd, cmdline] = [path('initrd'), path('cmdline')];
  return {
    kind: 'kernel',
    kernel: path('kernel'),
    ...(existsSync(initrd) && { initrd }),
    ...(existsSync(cmdline) && { cmdline: readFileSync(cmdline, 'utf8') }),
  };
}

function disk(firmware: Firmware): (path: PathOf, container: Container) => BootMedium {
  return (path, container) => ({ kind: 'disk', path: path('image'), ...CONTAINERS[container], firmware });
}

function cd(firmware: Firmware): (path: PathOf) => BootMedium {
  return (path) => ({ kind: 'iso', path: path('image'), firmware });
}
