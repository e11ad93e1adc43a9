import { join } from 'node:path';
import { CONTAINERS } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { biosDisk } from '../media/bios-disk.js';

export const qcow2Bios: MakeFormat = async (system, folder) =>
  CONTAINERS[system.options.compressed ? 'qcow2-compressed' : 'qcow2'](
    await biosDisk(system),
    join(folder, `${system.name}.qcow2`),
  );
