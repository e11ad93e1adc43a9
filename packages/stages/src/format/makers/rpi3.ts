import { fileEntries } from '@nx-linuxkit/disk';
import { joinPath, tarPieces, type Content } from '@nx-linuxkit/tree';
import { bootParts } from '../media/boot-parts.js';
import type { System } from '../system.js';
import { writePieces } from '../write-pieces.js';
import type { MakeFormat } from './maker.js';

/** The firmware starts kernel8.img in 64 bits. */
const CONFIG = `arm_64bit=1
enable_uart=1
kernel=kernel8.img
initramfs initrd.img followkernel
`;

/** Device trees of the board. The firmware looks beside config.txt for the name bcm2710, mainline Linux has bcm2837. */
const DEVICE_TREE = /\/(bcm(?:2837|2710)-rpi-3-b[\w-]*\.dtb)$/;

/** Makes the files of an SD card's FAT partition, as a tar: `tar -xf my-os.tar -C /media/card`. */
export const rpi3: MakeFormat = async (system, path) => {
  const { kernel, initrd, cmdline } = await bootParts(system);
  const files = {
    ...(await firmware(system)),
    ...(await deviceTrees(system)),
    'config.txt': CONFIG,
    'cmdline.txt': `${cmdline}\n`,
    'kernel8.img': kernel,
    'initrd.img': initrd,
  };
  await writePieces(path('image'), tarPieces(fileEntries(files)));
};

async function firmware(system: System): Promise<Record<string, Content>> {
  if (!system.hasLoader('rpi-firmware')) {
    system.log(
      `rpi3 ${system.name}: without the board's firmware (bootcode.bin, start.elf, fixup.dat), which is not free; ` +
        'put it beside these files, or name an image that holds it as loaders.rpi-firmware',
    );
    return {};
  }
  const tree = await system.loader('rpi-firmware');
  return Object.fromEntries(
    [...tree.entries()].flatMap(({ path, inode }) => (inode.content ? [[path, inode.content]] : [])),
  );
}

async function deviceTrees(system: System): Promise<Record<string, Content>> {
  const found: Record<string, Content> = {};
  const tree = await system.tree();
  const folder = joinPath(tree.leadsTo('boot') ?? 'boot', 'dtb/');
  for (const { path, inode } of tree.entries()) {
    const name = path.startsWith(folder) && DEVICE_TREE.exec(path)?.[1];
    if (name && inode.content) found[name.replace('bcm2837', 'bcm2710')] = inode.content;
  }
  return found;
}
