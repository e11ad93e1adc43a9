import { GPT_TYPES, fatImage, fileEntries, gptDisk, imageContent, type Image } from '@nx-linuxkit/disk';
import type { Content } from '@nx-linuxkit/tree';
import type { System } from '../system.js';
import { bootParts, loaderFile } from './boot-parts.js';
import { efiProgramPath } from './efi-program.js';
import { grubConfig } from './grub.js';
import { unifiedKernel } from './unified-kernel.js';

/** Bytes around the partition: 1 MiB before it, and 1 MiB behind it for the second copy of the table. */
const AROUND = 2 * 2 ** 20;

/** Makes a disk that UEFI boots: GPT, one FAT partition (ESP) that fills it, GRUB or a unified kernel image. */
export async function efiDisk(system: System): Promise<Image> {
  const { size = 0, uki } = system.options;
  const files = uki ? await kernelFiles(system) : await grubFiles(system);
  const esp = fatImage(fileEntries(files), { minimumSize: Math.max(0, size - AROUND) });
  return gptDisk([{ image: esp, type: GPT_TYPES.esp, name: 'EFI System' }], { minimumSize: size });
}

async function kernelFiles(system: System): Promise<Record<string, Content>> {
  return { [efiProgramPath(system.platform)]: imageContent(await unifiedKernel(system)) };
}

/** Debian's GRUB reads its configuration from EFI/debian. */
async function grubFiles(system: System): Promise<Record<string, Content | string>> {
  const { kernel, initrd, cmdline } = await bootParts(system);
  return {
    [efiProgramPath(system.platform)]: await loaderFile(system, 'grub-efi', 'grub.efi'),
    'EFI/debian/grub.cfg': grubConfig(cmdline),
    kernel,
    'initrd.img': initrd,
  };
}
