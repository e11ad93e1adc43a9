import type { MakeFormat } from '../format.js';
import { writeRootDisk } from '../media/root-disk.js';

export const kernelSquashfs: MakeFormat = (system, folder) =>
  writeRootDisk(system, folder, { fileSystem: 'squashfs', suffix: '-squashfs.img' });
