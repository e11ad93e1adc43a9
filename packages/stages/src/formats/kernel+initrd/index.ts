import { join } from 'node:path';
import { readContent } from '@nx-linuxkit/tree';
import type { MakeFormat } from '../format.js';
import { writeFileFrom } from '../write-file.js';

/** LinuxKit's default: what a loader or QEMU takes directly. */
export const kernelInitrd: MakeFormat = async (system, folder) => {
  const { kernel } = await system.kernel();
  await writeFileFrom(join(folder, `${system.name}-kernel`), readContent(kernel));
  await writeFileFrom(join(folder, `${system.name}-initrd.img`), system.initrd());
  await writeFileFrom(join(folder, `${system.name}-cmdline`), [Buffer.from(system.cmdline)]);
};
