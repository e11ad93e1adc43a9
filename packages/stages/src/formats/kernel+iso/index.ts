import type { MakeFormat } from '../format.js';
import { writeRootDisk } from '../media/root-disk.js';

export const kernelIso: MakeFormat = (system, folder) =>
  writeRootDisk(system, folder, { fileSystem: 'iso9660', suffix: '.iso' });
