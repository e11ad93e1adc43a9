import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MachineError } from './error.js';
import type { Architecture, UefiImages } from './options.js';
import { installLine } from './qemu-programs.js';

type Pair = readonly [code: string, vars: string];

/** Where distributions put EDK2: Debian and Ubuntu, Fedora, Arch, openSUSE, in this order. */
const DISTRIBUTIONS: Record<Architecture, readonly Pair[]> = {
  amd64: [
    ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
    ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
    ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
    ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
    ['/usr/share/qemu/ovmf-x86_64-code.bin', '/usr/share/qemu/ovmf-x86_64-vars.bin'],
  ],
  arm64: [
    ['/usr/share/AAVMF/AAVMF_CODE.fd', '/usr/share/AAVMF/AAVMF_VARS.fd'],
    ['/usr/share/edk2/aarch64/QEMU_EFI-pflash.raw', '/usr/share/edk2/aarch64/vars-template-pflash.raw'],
    ['/usr/share/edk2/aarch64/QEMU_CODE.fd', '/usr/share/edk2/aarch64/QEMU_VARS.fd'],
    ['/usr/share/qemu/aavmf-aarch64-code.bin', '/usr/share/qemu/aavmf-aarch64-vars.bin'],
  ],
  riscv64: [
    ['/usr/share/qemu-efi-riscv64/RISCV_VIRT_CODE.fd', '/usr/share/qemu-efi-riscv64/RISCV_VIRT_VARS.fd'],
    ['/usr/share/edk2/riscv/RISCV_VIRT_CODE.fd', '/usr/share/edk2/riscv/RISCV_VIRT_VARS.fd'],
  ],
};

/** The names of the images that QEMU's own releases carry, as Homebrew and the Windows installer do. */
const BUNDLED: Record<Architecture, Pair> = {
  amd64: ['edk2-x86_64-code.fd', 'edk2-i386-vars.fd'],
  arm64: ['edk2-aarch64-code.fd', 'edk2-arm-vars.fd'],
  riscv64: ['edk2-riscv-code.fd', 'edk2-riscv-vars.fd'],
};

/** Every place to look, the first complete pair wins: half a pair is a broken installation. */
export function uefiCandidates(arch: Architecture, qemu: string): Pair[] {
  const program = dirname(qemu);
  const folders = [join(program, '..', 'share', 'qemu'), join(program, 'share'), '/usr/share/qemu'];
  const bundled = folders.map((folder): Pair => {
    const [code, vars] = BUNDLED[arch];
    return [join(folder, code), join(folder, vars)];
  });
  return [...DISTRIBUTIONS[arch], ...bundled];
}

export function findUefi(
  arch: Architecture,
  qemu: string,
  exists: (path: string) => boolean = existsSync,
): UefiImages {
  const pair = uefiCandidates(arch, qemu).find((paths) => paths.every(exists));
  if (pair) return { code: pair[0], vars: pair[1] };
  throw new MachineError('firmware-missing', `no UEFI firmware for ${arch} found`, {
    hint: `Install it: ${installLine(arch)}; or give the paths of its code and variables in the option "uefi".`,
  });
}

/** The variables are written to by the firmware, so each run gets a copy of its own. */
export async function prepareUefi(images: UefiImages, state: string): Promise<UefiImages> {
  const vars = join(state, 'uefi-vars.fd');
  await copyFile(images.vars, vars).catch((cause: unknown) => {
    throw new MachineError('firmware-missing', `cannot copy the UEFI variables ${images.vars} to ${vars}`, {
      cause,
    });
  });
  return { code: images.code, vars };
}
