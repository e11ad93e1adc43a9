import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  altMbr,
  CONTAINERS,
  extractSyslinux,
  fatImage,
  fileEntries,
  gptDisk,
  GPT_TYPES,
  isoImage,
  mbrDisk,
  OVA_DISK,
  PARTITION_START,
  syslinuxVolume,
  ukiImage,
  imageContent,
  writeRaw,
  type ContainerFormat,
  type FatBits,
  type Image,
} from '@nx-linuxkit/disk';
import { bytesContent, type Content } from '@nx-linuxkit/tree';
import { helloInitrd, HELLO } from './disk-boot/initrd.js';
import { testKernel } from './disk-boot/kernel.js';
import { consoleOf, mediumArgs, type Bus, type Firmware } from './disk-boot/qemu.js';
import { sampleOf } from './sample.js';

const dir = mkdtempSync(join(tmpdir(), 'disk-boot-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const debian = testKernel();
const kernel = bytesContent(debian.kernel);
let initrd: Content;
beforeAll(async () => {
  initrd = await helloInitrd(debian);
});

const CMDLINE = 'console=ttyS0 panic=-1 mark=cmdline-ok';
const syslinux = extractSyslinux(readFileSync('/usr/bin/syslinux'));
const SYSLINUX_CFG = `DEFAULT linux\nLABEL linux\nKERNEL /kernel\nINITRD /initrd.img\nAPPEND ${CMDLINE}\n`;
const GRUB_CFG = `set timeout=0\nmenuentry linux { linux /kernel ${CMDLINE}\n initrd /initrd.img }\n`;
const GRUB = '/usr/lib/grub/x86_64-efi/monolithic';

const syslinuxFiles = () => ({ 'syslinux.cfg': SYSLINUX_CFG, kernel, 'initrd.img': initrd });

function biosDisk(bits?: FatBits): Image {
  const volume = syslinuxVolume(fileEntries(syslinuxFiles()), syslinux, {
    bits,
    hiddenSectors: PARTITION_START,
  });
  const bootCode = altMbr(readFileSync('/usr/lib/SYSLINUX/altmbr.bin'), 1);
  return mbrDisk([{ image: volume.image, type: bits === 32 ? 0x0c : 0x0e, active: true }], { bootCode });
}

const esp = (image: Image, legacyBoot = false): Image =>
  gptDisk([{ image, type: GPT_TYPES.esp, name: 'EFI System', legacyBoot }], {
    bootCode: legacyBoot ? readFileSync('/usr/lib/SYSLINUX/gptmbr.bin') : undefined,
  });

const uki = async (): Promise<Content> =>
  imageContent(
    await ukiImage({
      stub: bytesContent(readFileSync('/usr/lib/systemd/boot/efi/linuxx64.efi.stub')),
      kernel,
      initrd,
      cmdline: CMDLINE,
      osRelease: 'NAME="LinuxKit"\n',
    }),
  );

const grubEsp = (): Image =>
  fatImage(
    fileEntries({
      'EFI/BOOT/BOOTX64.EFI': readFileSync(join(GRUB, 'grubx64.efi')),
      'EFI/debian/grub.cfg': GRUB_CFG,
      kernel,
      'initrd.img': initrd,
    }),
  );

/** Debian's gcdx64.efi looks for /.disk/info, and reads /boot/grub/grub.cfg of the same medium. */
const isoFiles = () => ({
  '.disk/info': 'linuxkit\n',
  '.disk/mini-info': 'linuxkit\n',
  'boot/grub/grub.cfg': GRUB_CFG,
  'isolinux/isolinux.bin': readFileSync('/usr/lib/ISOLINUX/isolinux.bin'),
  'isolinux/ldlinux.c32': readFileSync('/usr/lib/syslinux/modules/bios/ldlinux.c32'),
  'isolinux/isolinux.cfg': SYSLINUX_CFG,
  kernel,
  'initrd.img': initrd,
});
const grubCd = (): Image =>
  fatImage(fileEntries({ 'EFI/BOOT/BOOTX64.EFI': readFileSync(join(GRUB, 'gcdx64.efi')) }));
const isoBios = (): Promise<Image> =>
  isoImage(fileEntries(isoFiles()), {
    bios: { path: 'isolinux/isolinux.bin' },
    hybridMbr: readFileSync('/usr/lib/ISOLINUX/isohdpfx.bin'),
  });
const isoEfi = (): Promise<Image> => isoImage(fileEntries(isoFiles()), { efi: grubCd() });
const isoBoth = (): Promise<Image> =>
  isoImage(fileEntries(isoFiles()), {
    bios: { path: 'isolinux/isolinux.bin' },
    hybridMbr: readFileSync('/usr/lib/ISOLINUX/isohdpfx.bin'),
    efi: grubCd(),
  });
const isoUki = async (): Promise<Image> =>
  isoImage([], { efi: fatImage(fileEntries({ 'EFI/BOOT/BOOTX64.EFI': await uki() })) });
const universal = async (): Promise<Image> =>
  esp(
    syslinuxVolume(fileEntries({ ...syslinuxFiles(), 'EFI/BOOT/BOOTX64.EFI': await uki() }), syslinux, {
      bits: 32,
      hiddenSectors: PARTITION_START,
    }).image,
    true,
  );

/** A way to boot a medium. A star marks the ways of the sample. */
type Way = `${Firmware} ${Bus}${'' | ' *'}`;

/** The sample boots each medium, and uses each firmware and each bus. */
const MEDIA: [string, () => Image | Promise<Image>, Way[]][] = [
  ['a BIOS disk of FAT12', () => biosDisk(12), ['bios ide *', 'bios virtio']],
  ['a BIOS disk of FAT16', () => biosDisk(16), ['bios ide', 'bios virtio *']],
  ['a BIOS disk of FAT32', () => biosDisk(32), ['bios ide *', 'bios virtio']],
  ['a BIOS ISO', isoBios, ['bios cd *', 'bios ide', 'bios virtio']],
  ['a UEFI ISO with GRUB', isoEfi, ['uefi cd', 'uefi virtio', 'uefi usb *']],
  ['an ISO for both', isoBoth, ['bios cd', 'bios ide *', 'uefi cd *', 'uefi virtio']],
  ['an ISO with a UKI', isoUki, ['uefi cd *', 'uefi usb']],
  ['an ESP with GRUB', () => esp(grubEsp()), ['uefi virtio', 'uefi sata *']],
  [
    'an ESP with a UKI',
    async () => esp(fatImage(fileEntries({ 'EFI/BOOT/BOOTX64.EFI': await uki() }))),
    ['uefi virtio', 'uefi sata', 'uefi nvme *'],
  ],
  ['a GPT disk for both', universal, ['bios ide *', 'uefi virtio *']],
];

async function expectHello(firmware: Firmware, bus: Bus, path: string, format = 'raw'): Promise<void> {
  const text = await consoleOf(mediumArgs(firmware, bus, path, format, mkdtempSync(join(dir, 'run-'))));
  expect(text).toMatch(new RegExp(`^${HELLO} .*mark=cmdline-ok`, 'm'));
  expect(text).not.toContain('Initramfs unpacking failed');
}

describe.each(MEDIA)('%s', (title, make, ways) => {
  const path = join(dir, title.replaceAll(' ', '-'));
  beforeAll(async () => writeRaw(await make(), path));

  const chosen = sampleOf(ways, (way) => way.endsWith('*'));
  test.each(chosen.map((way) => way.split(' ') as [Firmware, Bus]))(
    'boots: %s, %s',
    (firmware, bus) => expectHello(firmware, bus, path),
    120_000,
  );
});

/** QEMU's name of each container. QEMU reads the disks of gcp and ova after tar has unpacked them. */
const DRIVERS: Record<ContainerFormat, string> = {
  raw: 'raw',
  qcow2: 'qcow2',
  'qcow2-compressed': 'qcow2',
  vhd: 'vpc',
  'dynamic-vhd': 'vpc',
  vhdx: 'vhdx',
  'dynamic-vhdx': 'vhdx',
  vmdk: 'vmdk',
  ova: 'vmdk',
  gcp: 'raw',
};

/** The disk's name in the containers that are archives. */
const ARCHIVED: Readonly<Record<string, string>> = { gcp: 'disk.raw', ova: OVA_DISK };

describe('containers of a BIOS disk', () => {
  const raw = join(dir, 'disk.img');
  beforeAll(() => writeRaw(biosDisk(), raw));

  /** Writes a container, and returns the file that QEMU reads. */
  async function write(format: ContainerFormat): Promise<string> {
    const path = join(dir, `disk.${format}`);
    await CONTAINERS[format](biosDisk(), path);
    if (!(format in ARCHIVED)) return path;
    execFileSync('tar', ['-xSf', path, '-C', dir, ARCHIVED[format]]);
    return join(dir, ARCHIVED[format]);
  }

  const all = Object.keys(CONTAINERS) as ContainerFormat[];
  test.each(all)('QEMU reads the same disk from %s', async (format) => {
    const compared = ['compare', '-F', DRIVERS[format], '-f', 'raw', raw, await write(format)];
    expect(execFileSync('qemu-img', compared, { encoding: 'utf8' })).toContain('Images are identical.');
  });

  test.each(sampleOf(all, (format) => format === 'raw'))(
    'the disk boots from %s',
    async (format) => expectHello('bios', 'ide', await write(format), DRIVERS[format]),
    150_000,
  );
});
