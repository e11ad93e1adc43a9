import { join } from 'node:path';
import type { MakeFormat } from '../format.js';
import { writeContents, writeFileFrom } from '../write-file.js';

/** LinuxKit's default: what a loader or QEMU takes directly. What there is none of, has no file. */
export const kernelInitrd: MakeFormat = async (system, folder) => {
  const path = (suffix: string) => join(folder, `${system.name}-${suffix}`);
  await writeContents({
    ...(system.hasKernel && { [path('kernel')]: (await system.kernel()).kernel }),
    [path('initrd.img')]: await system.initrd(),
  });
  if (system.cmdline !== '') await writeFileFrom(path('cmdline'), [Buffer.from(system.cmdline)]);
};
