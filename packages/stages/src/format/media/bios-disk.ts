import {
  PARTITION_START,
  altMbr,
  extractSyslinux,
  fileEntries,
  mbrDisk,
  syslinuxVolume,
  type Image,
} from '@nx-linuxkit/disk';
import type { System } from '../system.js';
import { bootParts, loaderBytes } from './boot-parts.js';
import { syslinuxConfig } from './syslinux.js';

/** Bytes before the partition: 1 MiB. */
const BEFORE = PARTITION_START * 512;
/** MBR types of FAT partitions with LBA addresses. */
const FAT16 = 0x0e;
const FAT32 = 0x0c;

/** Makes a disk that a BIOS boots: MBR, one FAT partition that fills it, syslinux. */
export async function biosDisk(system: System): Promise<Image> {
  const { kernel, initrd, cmdline } = await bootParts(system);
  const syslinux = extractSyslinux(await loaderBytes(system, 'syslinux', 'syslinux'));
  const { size = 0 } = system.options;
  const files = { kernel, 'initrd.img': initrd, 'syslinux.cfg': syslinuxConfig(cmdline) };
  const { image, bits } = syslinuxVolume(fileEntries(files), syslinux, {
    hiddenSectors: PARTITION_START,
    minimumSize: Math.max(0, size - BEFORE),
  });
  return mbrDisk([{ image, type: bits === 32 ? FAT32 : FAT16, active: true }], {
    bootCode: altMbr(await loaderBytes(system, 'syslinux', 'altmbr.bin'), 1),
    minimumSize: size,
  });
}
