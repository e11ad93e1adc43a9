import { join } from 'node:path';
import { readContent } from '@nx-linuxkit/tree';
import type { MakeFormat } from '../format.js';
import { writeFileFrom } from '../write-file.js';

/** LinuxKit's default: what a loader or QEMU takes directly. What there is none of, has no file. */
export const kernelInitrd: MakeFormat = async (system, folder) => {
  const path = (suffix: string) => join(folder, `${system.name}-${suffix}`);
  if (system.hasKernel) await writeFileFrom(path('kernel'), readContent((await system.kernel()).kernel));
  await writeFileFrom(path('initrd.img'), readContent(await system.initrd()));
  if (system.cmdline !== '') await writeFileFrom(path('cmdline'), [Buffer.from(system.cmdline)]);
};
