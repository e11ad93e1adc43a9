import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MachineError } from './error.js';
import type { Architecture, BootMedium } from './options.js';

const run = promisify(execFile);

/**
 * File name of the program that firmware starts from a disk without a boot entry.
 * Source: UEFI Specification 2.10, section 3.5.1.1, https://uefi.org/specs/UEFI/2.10/03_Boot_Manager.html.
 */
const EFI_PROGRAMS: Record<Architecture, string> = {
  amd64: 'BOOTX64.EFI',
  arm64: 'BOOTAA64.EFI',
  riscv64: 'BOOTRISCV64.EFI',
};

/** Converts a medium that QEMU cannot read itself, in the machine's state folder. Other media stay as they are. */
export async function prepareMedium(
  medium: BootMedium,
  arch: Architecture,
  state: string,
): Promise<BootMedium> {
  if (medium.kind === 'disk' && medium.archived !== undefined) {
    return { ...medium, path: await unpack(medium.path, medium.archived, state) };
  }
  if (medium.kind === 'efi') return { ...medium, path: await efiFolder(medium.path, arch, state) };
  return medium;
}

/** Unpacks one file with the host's tar: GNU tar and bsdtar read sparse files, and detect compression. */
async function unpack(archive: string, name: string, state: string): Promise<string> {
  const folder = join(state, 'unpacked');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await run('tar', ['-xf', archive, '-C', folder, name]).catch((cause: Error) => {
    throw new MachineError('invalid-option', `cannot unpack ${archive}: ${cause.message.trim()}`, { cause });
  });
  return join(folder, name);
}

/** Makes a folder that looks like an EFI system partition with the program as its default boot program. */
async function efiFolder(program: string, arch: Architecture, state: string): Promise<string> {
  const esp = join(state, 'esp');
  const folder = join(esp, 'EFI/BOOT');
  await rm(esp, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(program, join(folder, EFI_PROGRAMS[arch]), constants.COPYFILE_FICLONE);
  return esp;
}
