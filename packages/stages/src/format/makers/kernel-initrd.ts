import { writeContents, writeFileFrom } from '../write-file.js';
import type { MakeFormat } from './maker.js';

/**
 * LinuxKit's default: what a loader or QEMU takes directly. A system without a kernel or a command line lacks its
 * file.
 */
export const kernelInitrd: MakeFormat = async (system, path) => {
  await writeContents({
    ...(system.hasKernel && { [path('kernel')]: (await system.kernel()).kernel }),
    [path('initrd')]: await system.initrd(),
  });
  if (system.cmdline !== '') await writeFileFrom(path('cmdline'), [Buffer.from(system.cmdline)]);
};
