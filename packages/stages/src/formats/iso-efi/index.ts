import { join } from 'node:path';
import { writeRaw } from '@nx-linuxkit/disk';
import type { MakeFormat } from '../format.js';
import { bootIso } from '../media/boot-iso.js';

export const isoEfi: MakeFormat = async (system, folder) =>
  writeRaw(await bootIso(system, { efi: true }), join(folder, `${system.name}-efi.iso`));
