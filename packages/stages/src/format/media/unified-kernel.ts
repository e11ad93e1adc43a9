import { ukiImage, type Image } from '@nx-linuxkit/disk';
import type { System } from '../system.js';
import { bootParts, loaderFile } from './boot-parts.js';
import { argumentsOf, refusedArgument } from './cmdline.js';

/** Makes one EFI program of kernel, initrd with its microcode, and command line, signed where the workspace says so. */
export async function unifiedKernel(system: System): Promise<Image> {
  const { kernel, info, initrd, cmdline } = await bootParts(system);
  checkUtf16(cmdline, system.format);
  const program = await ukiImage({
    stub: await loaderFile(system, 'efi-stub', 'linux.efi.stub'),
    kernel,
    initrd,
    cmdline,
    osRelease: `ID=linuxkit\nNAME="LinuxKit"\nPRETTY_NAME="${system.name}"\n`,
    ...(info.version ? { uname: info.version.split(' ')[0] } : {}),
  });
  return system.signed(program);
}

/** Refuses characters beyond 16 bits, which systemd's stub drops when it makes the line UTF-16. */
function checkUtf16(cmdline: string, format: string): void {
  const argument = argumentsOf(cmdline).find((word) => /[\u{10000}-\u{10ffff}]/u.test(word));
  if (argument === undefined) return;
  throw refusedArgument({
    format,
    argument: argument.trimStart(),
    reason: "systemd's EFI stub drops characters beyond U+FFFF",
    hint: 'Leave the character out.',
  });
}
