import { join } from 'node:path';
import { CONTAINERS } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { biosDisk } from '../media/bios-disk.js';

export const vhd: MakeFormat = async (system, folder) =>
  CONTAINERS.vhd(await biosDisk(system), join(folder, `${system.name}.vhd`));
