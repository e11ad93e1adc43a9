import { ukiImage, type Image } from '@nx-linuxkit/disk';
import type { System } from '../system.js';
import { bootParts, loaderFile } from './boot-parts.js';

/** Makes one EFI program of kernel, initrd with its microcode, and command line. */
export async function unifiedKernel(system: System): Promise<Image> {
  const { kernel, info, initrd, cmdline } = await bootParts(system);
  return ukiImage({
    stub: await loaderFile(system, 'efi-stub', 'linux.efi.stub'),
    kernel,
    initrd,
    cmdline,
    osRelease: `ID=linuxkit\nNAME="LinuxKit"\nPRETTY_NAME="${system.name}"\n`,
    ...(info.version ? { uname: info.version.split(' ')[0] } : {}),
  });
}
