import { writeRaw } from '@nx-linuxkit/disk';
import { makeSlot } from '../media/ab/slot.js';
import { writeFileFrom } from '../write-file.js';
import type { MakeFormat } from './maker.js';

/** Writes one version of a system in the files that an update puts onto a disk with room for two. */
export const abUpdate: MakeFormat = async (system, path) => {
  const { program, fileName, version, root } = await makeSlot(system);
  await writeRaw(program, path('program'));
  if (root) {
    await writeRaw(root.volume, path('root'));
    await writeRaw(root.tree, path('tree'));
  }
  const description = { name: system.name, version, fileName, ...(root && { roothash: root.hash }) };
  await writeFileFrom(path('description'), [Buffer.from(`${JSON.stringify(description)}\n`)]);
};
