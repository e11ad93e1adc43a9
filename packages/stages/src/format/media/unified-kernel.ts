import { ukiImage, type Image } from '@nx-linuxkit/disk';
import type { System } from '../system.js';
import { bootParts, loaderFile } from './boot-parts.js';
import { argumentsOf, refusedArgument } from './cmdline.js';

/**
 * Makes one EFI program of kernel, initrd with its microcode, and command line, signed where the workspace says so.
 * `release` adds lines to its os-release.
 */
export async function unifiedKernel(
  system: System,
  release: Readonly<Record<string, string>> = {},
): Promise<Image> {
  const { kernel, info, initrd, cmdline } = await bootParts(system);
  checkUtf16(cmdline, system.format);
  const program = await ukiImage({
    stub: await loaderFile(system, 'efi-stub', 'linux.efi.stub'),
    kernel,
    initrd,
    cmdline,
    osRelease: osRelease({ ID: 'linuxkit', NAME: '"LinuxKit"', PRETTY_NAME: `"${system.name}"`, ...release }),
    ...(info.version ? { uname: info.version.split(' ')[0] } : {}),
  });
  return system.signed(program);
}

/** The text of os-release(5), from which systemd-boot takes an entry's title and version. */
function osRelease(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
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
