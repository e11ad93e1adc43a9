import { join } from 'node:path';
import { CONTAINERS } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { efiDisk } from '../media/efi-disk.js';

export const rawEfi: MakeFormat = async (system, folder) =>
  CONTAINERS.raw(await efiDisk(system), join(folder, `${system.name}-efi.img`));
