import { join } from 'node:path';
import { writeRaw } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { bootIso } from '../media/boot-iso.js';

export const isoBios: MakeFormat = async (system, folder) =>
  writeRaw(await bootIso(system, { bios: true }), join(folder, `${system.name}.iso`));
