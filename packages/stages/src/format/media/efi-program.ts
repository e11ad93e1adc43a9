import { StageError } from '../../error.js';

/** UEFI 3.5.1.1: the program that firmware starts from a medium by default, for each architecture. */
const NAMES: Readonly<Record<string, string>> = {
  amd64: 'BOOTX64.EFI',
  arm64: 'BOOTAA64.EFI',
  riscv64: 'BOOTRISCV64.EFI',
};

/** The path of that program on a medium. Throws StageError `unsupported` for a platform without UEFI. */
export function efiProgramPath(platform: string): string {
  const name = NAMES[platform.split('/')[1]];
  if (name) return `EFI/BOOT/${name}`;
  throw new StageError('unsupported', `there is no UEFI on ${platform}`);
}
