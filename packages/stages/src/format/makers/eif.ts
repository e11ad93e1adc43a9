import { KERNEL_HEADER_BYTES, checkCmdline, inspectKernel, writeEif } from '@nx-linuxkit/disk';
import { readBytes } from '../kernel/read-bytes.js';
import { writeFileFrom } from '../write-file.js';
import type { MakeFormat } from './maker.js';

/** The system as an enclave, and its measurements as `nitro-cli build-enclave` prints them. */
export const eif: MakeFormat = async (system, path) => {
  const { kernel } = await system.kernel();
  checkCmdline(inspectKernel(await readBytes(kernel, 0, KERNEL_HEADER_BYTES)), system.cmdline);
  const measurements = await writeEif(
    {
      kernel,
      cmdline: system.cmdline,
      ramdisks: [await system.initrd()],
      arch: system.platform.split('/')[1] === 'arm64' ? 'arm64' : 'amd64',
      name: system.name,
    },
    path('image'),
  );
  const text = `${JSON.stringify({ Measurements: measurements }, null, 2)}\n`;
  await writeFileFrom(path('measurements'), [Buffer.from(text)]);
};
