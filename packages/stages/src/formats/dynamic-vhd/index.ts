import { join } from 'node:path';
import { CONTAINERS } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { biosDisk } from '../media/bios-disk.js';

export const dynamicVhd: MakeFormat = async (system, folder) =>
  CONTAINERS['dynamic-vhd'](await biosDisk(system), join(folder, `${system.name}.vhd`));
