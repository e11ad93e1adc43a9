import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { MachineError } from './error.js';
import type { Architecture } from './options.js';

const PROGRAMS: Record<Architecture, string> = {
  amd64: 'qemu-system-x86_64',
  arm64: 'qemu-system-aarch64',
  riscv64: 'qemu-system-riscv64',
};

/** Packages of QEMU and its firmware, in Debian and in Fedora. */
const APT: Record<Architecture, string> = {
  amd64: 'qemu-system-x86 ovmf',
  arm64: 'qemu-system-arm qemu-efi-aarch64',
  riscv64: 'qemu-system-misc opensbi',
};
const DNF: Record<Architecture, string> = {
  amd64: 'qemu-system-x86-core edk2-ovmf',
  arm64: 'qemu-system-aarch64-core edk2-aarch64',
  riscv64: 'qemu-system-riscv-core edk2-riscv64',
};

/** Returns the command that installs QEMU on the host's platform, for a hint. */
export function installLine(arch: Architecture, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'darwin') return 'brew install qemu';
  if (platform === 'win32')
    return 'winget install SoftwareFreedomConservancy.QEMU, and put its folder on the PATH';
  const apt = `sudo apt-get install ${APT[arch]} qemu-utils`;
  return `${apt} (Debian, Ubuntu) or sudo dnf install ${DNF[arch]} qemu-img (Fedora)`;
}

/** Makes the error for a program of QEMU that is not on the PATH. */
export function notInstalled(program: string, arch: Architecture): MachineError {
  return new MachineError('qemu-missing', `${program} is not installed, or not on the PATH`, {
    hint: `Install it: ${installLine(arch)}`,
  });
}

/** Finds QEMU for the architecture on the PATH and returns its path. Throws `qemu-missing`. */
export function findQemu(arch: Architecture, path = process.env['PATH'] ?? ''): string {
  const name = PROGRAMS[arch] + (process.platform === 'win32' ? '.exe' : '');
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    if (folder !== '' && isExecutable(candidate)) return candidate;
  }
  throw notInstalled(PROGRAMS[arch], arch);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
