import { join } from 'node:path';
import { CONTAINERS } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { efiDisk } from '../media/efi-disk.js';

export const qcow2Efi: MakeFormat = async (system, folder) =>
  CONTAINERS[system.options.compressed ? 'qcow2-compressed' : 'qcow2'](
    await efiDisk(system),
    join(folder, `${system.name}-efi.qcow2`),
  );
