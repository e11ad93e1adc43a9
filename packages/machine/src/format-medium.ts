import { existsSync, readFileSync } from 'node:fs';
import type { BootMedium } from './options.js';

type Builder = (prefix: string) => BootMedium;

/** An initrd beside a root on a disk is there when the kernel needs one to mount it. */
const kernelWith =
  (part: 'initrd' | 'root', suffix: string): Builder =>
  (prefix) => ({
    kind: 'kernel',
    kernel: `${prefix}-kernel`,
    ...(existsSync(`${prefix}-initrd.img`) && { initrd: `${prefix}-initrd.img` }),
    [part]: prefix + suffix,
    ...(existsSync(`${prefix}-cmdline`) && { cmdline: readFileSync(`${prefix}-cmdline`, 'utf8') }),
  });

/** LinuxKit's file names, and the firmware that each format is for. */
const MEDIA: Record<string, Builder> = {
  'kernel+initrd': kernelWith('initrd', '-initrd.img'),
  'kernel+squashfs': kernelWith('root', '-squashfs.img'),
  'kernel+erofs': kernelWith('root', '-erofs.img'),
  'kernel+iso': kernelWith('root', '.iso'),
  iso: (prefix) => ({ kind: 'iso', path: `${prefix}.iso`, firmware: 'bios' }),
  'iso-bios': (prefix) => ({ kind: 'iso', path: `${prefix}.iso`, firmware: 'bios' }),
  'iso-efi': (prefix) => ({ kind: 'iso', path: `${prefix}-efi.iso`, firmware: 'uefi' }),
  'iso-efi-initrd': (prefix) => ({ kind: 'iso', path: `${prefix}-efi-initrd.iso`, firmware: 'uefi' }),
  'raw-bios': (prefix) => ({ kind: 'disk', path: `${prefix}-bios.img`, firmware: 'bios' }),
  'raw-efi': (prefix) => ({ kind: 'disk', path: `${prefix}-efi.img`, firmware: 'uefi' }),
  'qcow2-bios': (prefix) => ({ kind: 'disk', path: `${prefix}.qcow2`, format: 'qcow2', firmware: 'bios' }),
  'qcow2-efi': (prefix) => ({ kind: 'disk', path: `${prefix}-efi.qcow2`, format: 'qcow2', firmware: 'uefi' }),
  aws: (prefix) => ({ kind: 'disk', path: `${prefix}.raw`, firmware: 'bios' }),
  gcp: (prefix) => ({ kind: 'disk', path: `${prefix}.img.tar.gz`, archived: true, firmware: 'bios' }),
  uki: (prefix) => ({ kind: 'efi', path: `${prefix}.efi` }),
  vhd: (prefix) => ({
    kind: 'disk',
    path: `${prefix}.vhd`,
    format: 'vpc',
    interface: 'ide',
    firmware: 'bios',
  }),
  'dynamic-vhd': (prefix) => MEDIA['vhd'](prefix),
  vmdk: (prefix) => ({ kind: 'disk', path: `${prefix}.vmdk`, format: 'vmdk', firmware: 'bios' }),
};

/** What QEMU boots of a LinuxKit format whose files begin with `prefix`; undefined if it boots none of them. */
export function mediumOf(format: string, prefix: string): BootMedium | undefined {
  return Object.hasOwn(MEDIA, format) ? MEDIA[format](prefix) : undefined;
}
