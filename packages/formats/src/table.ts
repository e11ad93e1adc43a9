import type { Format, Root } from './format.js';

const PC = ['amd64'];
/** Debian has GRUB, systemd-boot and the EFI stub for these. */
const EFI = ['amd64', 'arm64'];

/** Roots of a format that holds the initrd. */
const IN_MEMORY: readonly Root[] = ['initramfs', 'erofs'];
const INITRD = { options: ['root'], roots: IN_MEMORY } as const;

const BIOS_DISK = {
  medium: 'bios-disk',
  architectures: PC,
  loaders: ['syslinux'],
  options: ['size', 'root'],
  roots: IN_MEMORY,
} as const;
const EFI_DISK = {
  medium: 'efi-disk',
  architectures: EFI,
  loaders: ['grub-efi'],
  options: ['size', 'uki', 'root'],
  roots: IN_MEMORY,
} as const;
const AB_ROOTS: readonly Root[] = [...IN_MEMORY, 'verity'];
const AB_DISK = {
  medium: 'ab-disk',
  architectures: EFI,
  loaders: ['systemd-boot', 'efi-stub'],
  options: ['size', 'root', 'version'],
  roots: AB_ROOTS,
} as const;
const EFI_CD = {
  medium: 'efi-cd',
  container: 'raw',
  architectures: EFI,
  loaders: ['grub-efi'],
  ...INITRD,
} as const;
const KERNEL_ROOT = { medium: 'kernel-root', loaders: ['rootfs-loader'] } as const;

/**
 * Every format. A row here is a target of every system, a case of the tests that run over all formats, and a row of
 * the reference page. A format that is a medium in a container needs no code; a format without a container has its
 * maker in `packages/stages/src/format/makers`.
 */
export const formats: readonly Format[] = [
  {
    name: 'kernel+initrd',
    description: 'Kernel, initrd and command line as three files',
    files: { kernel: '-kernel', initrd: '-initrd.img', cmdline: '-cmdline' },
    medium: 'kernel',
    ...INITRD,
  },
  {
    name: 'tar',
    description: 'The root file system as a tar archive, with the kernel under boot/',
    files: { image: '.tar' },
  },
  {
    name: 'docker',
    description: 'The root file system as a build context for Docker: tar and a Dockerfile',
    files: { image: '.docker' },
  },
  {
    name: 'tar-kernel-initrd',
    description: 'Kernel, initrd and command line in one tar archive',
    files: { image: '-initrd.tar' },
    ...INITRD,
  },
  {
    name: 'kernel+squashfs',
    description: 'Kernel, command line and the root as squashfs; an initrd if the kernel needs one',
    files: { kernel: '-kernel', root: '-squashfs.img', cmdline: '-cmdline', initrd: '-initrd.img' },
    fileSystem: 'squashfs',
    ...KERNEL_ROOT,
  },
  {
    name: 'kernel+erofs',
    description: 'Kernel, command line and the root as erofs; an initrd if the kernel needs one',
    files: { kernel: '-kernel', root: '-erofs.img', cmdline: '-cmdline', initrd: '-initrd.img' },
    fileSystem: 'erofs',
    ...KERNEL_ROOT,
  },
  {
    name: 'kernel+iso',
    description: 'Kernel, command line and the root as ISO 9660; an initrd if the kernel needs one',
    files: { kernel: '-kernel', root: '.iso', cmdline: '-cmdline', initrd: '-initrd.img' },
    fileSystem: 'iso9660',
    ...KERNEL_ROOT,
  },
  {
    name: 'iso',
    description: 'One ISO for BIOS and UEFI, as a CD and as a disk',
    files: { image: '.iso' },
    medium: 'hybrid-cd',
    container: 'raw',
    architectures: PC,
    loaders: ['isolinux', 'grub-efi'],
    ...INITRD,
  },
  {
    name: 'iso-bios',
    description: 'ISO for BIOS, as a CD and as a disk',
    files: { image: '.iso' },
    medium: 'bios-cd',
    container: 'raw',
    architectures: PC,
    loaders: ['isolinux'],
    ...INITRD,
  },
  {
    name: 'iso-efi',
    description: 'ISO for UEFI, as a CD and as a disk',
    files: { image: '-efi.iso' },
    ...EFI_CD,
  },
  {
    name: 'iso-efi-initrd',
    description: 'The same ISO for UEFI under LinuxKit’s other name',
    files: { image: '-efi-initrd.iso' },
    ...EFI_CD,
  },
  {
    name: 'raw-bios',
    description: 'Disk for BIOS: MBR, FAT, syslinux',
    files: { image: '-bios.img' },
    container: 'raw',
    ...BIOS_DISK,
  },
  {
    name: 'raw-efi',
    description: 'Disk for UEFI: GPT, ESP, GRUB or a unified kernel image',
    files: { image: '-efi.img' },
    container: 'raw',
    ...EFI_DISK,
  },
  {
    name: 'qcow2-bios',
    description: 'Disk for BIOS as qcow2',
    files: { image: '.qcow2' },
    container: 'qcow2',
    ...BIOS_DISK,
    options: ['size', 'compressed', 'root'],
  },
  {
    name: 'qcow2-efi',
    description: 'Disk for UEFI as qcow2',
    files: { image: '-efi.qcow2' },
    container: 'qcow2',
    ...EFI_DISK,
    options: ['size', 'uki', 'compressed', 'root'],
  },
  {
    name: 'ab',
    description: 'Disk for UEFI with room for two versions of the system, and for its data',
    files: { image: '-ab.img' },
    container: 'raw',
    ...AB_DISK,
  },
  {
    name: 'qcow2-ab',
    description: 'The same disk as qcow2',
    files: { image: '-ab.qcow2' },
    container: 'qcow2',
    ...AB_DISK,
    options: ['size', 'root', 'version', 'compressed'],
  },
  {
    name: 'ab-update',
    description: 'One version as such a disk takes it in: a program, and a root under dm-verity',
    files: {
      program: '-update.efi',
      root: '-update-root.img',
      tree: '-update-verity.img',
      hashes: '-update.hashes',
      description: '-update.json',
    },
    architectures: EFI,
    loaders: ['efi-stub'],
    options: ['root', 'version'],
    roots: AB_ROOTS,
    optionsOf: 'ab',
  },
  {
    name: 'vhd',
    description: 'Disk for BIOS as VHD of fixed size',
    files: { image: '.vhd' },
    container: 'vhd',
    ...BIOS_DISK,
  },
  {
    name: 'dynamic-vhd',
    description: 'Disk for BIOS as VHD that grows',
    files: { image: '.vhd' },
    container: 'dynamic-vhd',
    ...BIOS_DISK,
  },
  {
    name: 'vhd-efi',
    description: 'Disk for UEFI as VHD of fixed size',
    files: { image: '-efi.vhd' },
    container: 'vhd',
    ...EFI_DISK,
  },
  {
    name: 'vhdx',
    description: 'Disk for UEFI as VHDX of fixed size',
    files: { image: '.vhdx' },
    container: 'vhdx',
    ...EFI_DISK,
  },
  {
    name: 'dynamic-vhdx',
    description: 'Disk for UEFI as VHDX that grows',
    files: { image: '.vhdx' },
    container: 'dynamic-vhdx',
    ...EFI_DISK,
  },
  {
    name: 'vmdk',
    description: 'Disk for BIOS as VMDK, streamOptimized',
    files: { image: '.vmdk' },
    container: 'vmdk',
    ...BIOS_DISK,
  },
  {
    name: 'ova',
    description: 'Machine with a disk for BIOS as OVA: OVF, manifest, VMDK',
    files: { image: '.ova' },
    container: 'ova',
    ...BIOS_DISK,
  },
  {
    name: 'aws',
    description: 'Disk for BIOS as Amazon imports it: raw',
    files: { image: '.raw' },
    container: 'raw',
    ...BIOS_DISK,
  },
  {
    name: 'gcp',
    description: 'Disk for BIOS as Google imports it: disk.raw in tar.gz',
    files: { image: '.img.tar.gz' },
    container: 'gcp',
    ...BIOS_DISK,
  },
  {
    name: 'netboot',
    description: 'Kernel, initrd and an iPXE script that fetches both over the network',
    files: { kernel: '-kernel', initrd: '-initrd.img', script: '.ipxe' },
    medium: 'netboot',
    architectures: EFI,
    ...INITRD,
  },
  {
    name: 'eif',
    description: 'AWS Nitro enclave, with its measurements PCR0 to PCR2 as JSON',
    files: { image: '.eif', measurements: '.eif.json' },
    architectures: EFI,
    ...INITRD,
  },
  {
    name: 'uki',
    description: 'One EFI program of kernel, initrd and command line',
    files: { image: '.efi' },
    medium: 'efi-program',
    container: 'raw',
    architectures: EFI,
    loaders: ['efi-stub'],
    ...INITRD,
  },
  {
    name: 'rpi3',
    description: 'Files of a Raspberry Pi 3’s SD card as a tar archive',
    files: { image: '.tar' },
    architectures: ['arm64'],
    loaders: ['rpi-firmware'],
    ...INITRD,
  },
  {
    name: 'raw-rpi',
    description: 'SD card for Raspberry Pi 3, 4 and 5: MBR, FAT, the boards’ firmware',
    files: { image: '-rpi.img' },
    architectures: ['arm64'],
    loaders: ['rpi-firmware'],
    options: ['size', 'root'],
    roots: IN_MEMORY,
  },
];
