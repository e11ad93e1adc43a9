import { writeRaw, type Image } from '@nx-linuxkit/disk';
import type { FileRole } from '@nx-linuxkit/formats';
import { makeSlot } from '../media/ab/slot.js';
import { writeFileFrom } from '../write-file.js';
import type { MakeFormat } from './maker.js';
import { updateHashes } from './update-hashes.js';

/** Writes one version of a system in the files that an update puts onto a disk with room for two. */
export const abUpdate: MakeFormat = async (system, path) => {
  const { program, fileName, version, root } = await makeSlot(system);
  const images: readonly (readonly [FileRole, Image])[] = [
    ['program', program],
    ...(root
      ? ([
          ['root', root.volume],
          ['tree', root.tree],
        ] as const)
      : []),
  ];
  for (const [role, image] of images) await writeRaw(image, path(role));
  const { text, places } = updateHashes(images.map(([role]) => [role, path(role)]));
  await writeFileFrom(path('hashes'), text);
  const description = {
    ...{ name: system.name, version, fileName },
    ...(root && { roothash: root.hash }),
    hashes: places,
  };
  await writeFileFrom(path('description'), [Buffer.from(`${JSON.stringify(description)}\n`)]);
};
