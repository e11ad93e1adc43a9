import { existsSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MachineError } from './error.js';
import type { Architecture, UefiImages } from './options.js';
import { installLine } from './qemu-programs.js';

type Pair = readonly [code: string, vars: string];

/** Paths of EDK2 in distributions: Debian and Ubuntu, Fedora, Arch, openSUSE, in this order. */
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

/** File names of the firmware that QEMU's own releases contain, which Homebrew and the Windows installer ship. */
const BUNDLED: Record<Architecture, Pair> = {
  amd64: ['edk2-x86_64-code.fd', 'edk2-i386-vars.fd'],
  arm64: ['edk2-aarch64-code.fd', 'edk2-arm-vars.fd'],
  riscv64: ['edk2-riscv-code.fd', 'edk2-riscv-vars.fd'],
};

/** Lists all places of a firmware, in order of preference. `qemu` is the path of the program. */
export function uefiCandidates(arch: Architecture, qemu: string): Pair[] {
  const program = dirname(qemu);
  const folders = [join(program, '..', 'share', 'qemu'), join(program, 'share'), '/usr/share/qemu'];
  const bundled = folders.map((folder): Pair => {
    const [code, vars] = BUNDLED[arch];
    return [join(folder, code), join(folder, vars)];
  });
  return [...DISTRIBUTIONS[arch], ...bundled];
}

/** Finds the first place with both files: one file alone is a broken installation. Throws `firmware-missing`. */
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

/** Copies the variables into the state folder, because the firmware writes to them. */
export async function prepareUefi({ code, vars }: UefiImages, state: string): Promise<UefiImages> {
  if (vars === undefined) return { code: await copyInto(state, 'uefi.fd', code) };
  return { code, vars: await copyInto(state, 'uefi-vars.fd', vars) };
}

async function copyInto(state: string, name: string, from: string): Promise<string> {
  const to = join(state, name);
  await copyFile(from, to).catch((cause: unknown) => {
    throw new MachineError('firmware-missing', `cannot copy the UEFI variables ${from} to ${to}`, { cause });
  });
  return to;
}
