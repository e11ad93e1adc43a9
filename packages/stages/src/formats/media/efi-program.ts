import { StageError } from '../../error.js';

/** UEFI 3.5.1.1: what firmware starts from a medium that it was not told more about. */
const NAMES: Readonly<Record<string, string>> = {
  amd64: 'BOOTX64.EFI',
  arm64: 'BOOTAA64.EFI',
  riscv64: 'BOOTRISCV64.EFI',
};

export function efiProgramPath(platform: string): string {
  const name = NAMES[platform.split('/')[1]];
  if (name) return `EFI/BOOT/${name}`;
  throw new StageError('unsupported', `there is no UEFI on ${platform}`);
}
