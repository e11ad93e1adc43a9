import { join } from 'node:path';
import { writeRaw } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { unifiedKernel } from '../media/unified-kernel.js';

export const uki: MakeFormat = async (system, folder) =>
  writeRaw(await unifiedKernel(system), join(folder, `${system.name}.efi`));
