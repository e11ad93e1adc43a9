import { basename } from 'node:path';
import { KERNEL_HEADER_BYTES, checkCmdline, inspectKernel } from '@nx-linuxkit/disk';
import { readBytes } from '../kernel/read-bytes.js';
import { ipxeScript } from '../media/ipxe.js';
import { writeContents, writeFileFrom } from '../write-file.js';
import type { MakeFormat } from './maker.js';

/** Kernel, initrd, and the script by which iPXE fetches both from where it found the script. */
export const netboot: MakeFormat = async (system, path) => {
  const { kernel } = await system.kernel();
  const names = { kernel: basename(path('kernel')), initrd: basename(path('initrd')) };
  const script = ipxeScript(names, system.cmdline, system.format);
  checkCmdline(inspectKernel(await readBytes(kernel, 0, KERNEL_HEADER_BYTES)), script.cmdline);
  await writeContents({ [path('kernel')]: kernel, [path('initrd')]: await system.initrd() });
  await writeFileFrom(path('script'), [Buffer.from(script.text)]);
};
