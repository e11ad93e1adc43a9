import { REGISTRY } from './images.js';
import { FILE, type Mistake } from './mistake.js';

const files = { [FILE]: 'files:\n  - path: a\n    contents: b\n' };
/** A system that gets as far as QEMU: the registry has a file for its kernel. */
const withKernel = { [FILE]: `kernel:\n  image: ${REGISTRY}/kernel:1\n  tar: none\n` };
const boot = (did: string, options: Mistake['options'], says: string): Mistake => ({
  did,
  files,
  target: 'boot',
  options,
  says,
});
const bootTest = (did: string, options: Mistake['options'], says: string): Mistake => ({
  ...boot(did, options, says),
  target: 'boot-test',
});

/** Mistakes in the options of `boot` and `boot-test`. */
export const MACHINE_MISTAKES = [
  boot(
    'writes memory with a unit',
    { memory: '2G' },
    `option memory: expected a whole number of at least 1, got "2G"
  hint: Memory in MiB.`,
  ),
  boot(
    'mistypes an option',
    { memroy: 512 },
    `boot has no option memroy, did you mean memory? (it has system, format, arch, memory, cpus, publish, disks, diskBus, machine, like, card, network, lan, accel, state, uefi, qemu, args, on, with, data, dataFile, dataDisk, interrupt)
  hint: \`nx boot os --help\` explains the options.`,
  ),
  boot(
    'adds a word',
    { _: ['iso-efi'] },
    `unexpected "iso-efi": boot takes options only
  hint: \`nx boot os --help\` explains the options.`,
  ),
  boot(
    'publishes one port',
    { publish: 80 },
    `cannot read the published port "80"
  hint: Write it as host:guest, or host:guest/udp for UDP; host port 0 stands for a free port.`,
  ),
  boot(
    'publishes a port that does not exist',
    { publish: '80800:80' },
    `expected ports from 1 to 65535, got 80800:80
  hint: The host port may be 0, which stands for any free port.`,
  ),
  boot(
    'publishes without a network',
    { publish: '8080:80', network: 'none' },
    `ports are published, but the network is none
  hint: Publish ports of the network \`user\` alone: on others the guest has an address of its own, or none.`,
  ),
  boot(
    'mistypes an accelerator',
    { accel: 'kmv' },
    `option accel: expected tcg, kvm, hvf or whpx, got "kmv", did you mean kvm?
  hint: Accelerator: tcg is software and behaves the same everywhere.`,
  ),
  boot(
    'writes the size of a disk in another unit',
    { disks: 'size=1T' },
    `cannot read "size=1T" in the disk "size=1T"
  hint: Write a disk as path,size=512M,format=raw; a size without a unit is in GiB, formats are raw and qcow2.`,
  ),
  boot(
    'writes an option of QEMU and its value as one argument',
    { args: '-device virtio-rng-pci' },
    `expected one word in each argument for QEMU, got "-device virtio-rng-pci"
  hint: Give the option and its value one by one: --args=-device --args=virtio-rng-pci.`,
  ),
  boot(
    'shortens the name of a format',
    { format: 'qcow2' },
    `there is no format qcow2, did you mean qcow2-bios?
  hint: Formats are kernel+initrd, tar, docker, tar-kernel-initrd, kernel+squashfs, kernel+erofs, kernel+iso, iso, iso-bios, iso-efi, iso-efi-initrd, raw-bios, raw-efi, qcow2-bios, qcow2-efi, ab, qcow2-ab, ab-update, vhd, dynamic-vhd, vhd-efi, vhdx, dynamic-vhdx, vmdk, ova, aws, gcp, netboot, eif, uki, rpi3, raw-rpi.`,
  ),
  {
    ...boot(
      'names a disk that is not there',
      { disks: 'data.img' },
      `no disk at data.img
  hint: Give a size, and an empty disk is made there; in project.json, because Nx splits a list of the command line at commas.`,
    ),
    files: withKernel,
  },
  boot(
    'boots an archive',
    { format: 'tar' },
    `QEMU cannot boot the format tar
  hint: It boots kernel+initrd, kernel+squashfs, kernel+erofs, kernel+iso, iso, iso-bios, iso-efi, iso-efi-initrd, raw-bios, raw-efi, qcow2-bios, qcow2-efi, ab, qcow2-ab, vhd, dynamic-vhd, vhd-efi, vhdx, dynamic-vhdx, vmdk, ova, aws, gcp, netboot, uki.`,
  ),
  boot(
    'mistypes the format',
    { format: 'iso-uefi' },
    `there is no format iso-uefi, did you mean iso-efi?
  hint: Formats are kernel+initrd, tar, docker, tar-kernel-initrd, kernel+squashfs, kernel+erofs, kernel+iso, iso, iso-bios, iso-efi, iso-efi-initrd, raw-bios, raw-efi, qcow2-bios, qcow2-efi, ab, qcow2-ab, ab-update, vhd, dynamic-vhd, vhd-efi, vhdx, dynamic-vhdx, vmdk, ova, aws, gcp, netboot, eif, uki, rpi3, raw-rpi.`,
  ),
  boot(
    'boots a system without a kernel',
    {},
    `os/linuxkit.yml: the system has no kernel, so that nothing can boot it
  hint: Add \`kernel\` with an image to the YAML.`,
  ),
  {
    ...boot(
      'names a QEMU that is not there',
      { qemu: '/none/qemu' },
      `cannot start /none/qemu
  because: spawn /none/qemu ENOENT
  hint: Correct the option \`qemu\`, or leave it out.`,
    ),
    files: withKernel,
  },
  bootTest(
    'writes a broken pattern',
    { expect: [{ regex: '(' }] },
    `expected a regular expression, got {"regex":"("}
  because: Invalid regular expression: /(/: Unterminated group`,
  ),
  bootTest(
    'checks a port that is not published',
    { http: [{ port: 80 }] },
    `the HTTP check is for port 80, which is not published
  hint: Add "0:80" to the published ports.`,
  ),
  bootTest(
    'writes a time limit with a unit',
    { timeout: '2m' },
    `option timeout: expected a number above 0, got "2m"
  hint: Time limit in seconds.`,
  ),
  bootTest(
    'mistypes a key of a check',
    { http: [{ port: 80, staus: 200 }] },
    `option http[0] has an unknown key staus, did you mean status? (allowed: port, path, status, body)
  hint: Requests that must be answered.`,
  ),
];
