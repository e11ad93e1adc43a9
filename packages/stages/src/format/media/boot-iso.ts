import { fatImage, fileEntries, isoImage, type Image, type IsoOptions } from '@nx-linuxkit/disk';
import type { Content } from '@nx-linuxkit/tree';
import type { System } from '../system.js';
import { bootParts, loaderBytes, loaderFile } from './boot-parts.js';
import { efiProgramPath } from './efi-program.js';
import { grubConfig } from './grub.js';
import { syslinuxConfig } from './syslinux.js';

type Files = Record<string, Content | string>;

/** Makes an ISO that the given firmware boots, as a CD and as a disk. Kernel and initrd are in it once. */
export function bootIso(firmware: { readonly bios?: boolean; readonly efi?: boolean }) {
  return async (system: System): Promise<Image> => {
    const { kernel, initrd, cmdline } = await bootParts(system);
    const bios = firmware.bios ? await isolinux(system, cmdline) : undefined;
    const efi = firmware.efi ? await grub(system, cmdline) : undefined;
    const files = { kernel, 'initrd.img': initrd, ...bios?.files, ...efi?.files };
    return isoImage(fileEntries(files), { ...bios?.options, ...efi?.options });
  };
}

interface Loader {
  readonly files: Files;
  readonly options: IsoOptions;
}

async function isolinux(system: System, cmdline: string): Promise<Loader> {
  return {
    files: {
      'isolinux/isolinux.bin': await loaderFile(system, 'isolinux', 'isolinux.bin'),
      'isolinux/ldlinux.c32': await loaderFile(system, 'isolinux', 'ldlinux.c32'),
      'isolinux/isolinux.cfg': syslinuxConfig(cmdline),
    },
    options: {
      bios: { path: 'isolinux/isolinux.bin' },
      hybridMbr: await loaderBytes(system, 'isolinux', 'isohdpfx.bin'),
    },
  };
}

/** GRUB lies in a FAT image of its own. It finds the ISO by `.disk`, and reads the ISO's other files. */
async function grub(system: System, cmdline: string): Promise<Loader> {
  const program = await loaderFile(system, 'grub-efi', 'gcd.efi');
  return {
    files: {
      '.disk/info': `${system.name}\n`,
      '.disk/mini-info': `${system.name}\n`,
      'boot/grub/grub.cfg': grubConfig(cmdline),
    },
    options: { efi: fatImage(fileEntries({ [efiProgramPath(system.platform)]: program })) },
  };
}
