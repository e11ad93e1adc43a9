import type { MakeFormat } from '../format.js';
import { writeRootDisk } from '../media/root-disk.js';

export const kernelErofs: MakeFormat = (system, folder) =>
  writeRootDisk(system, folder, { fileSystem: 'erofs', suffix: '-erofs.img' });
