import { fatVolume, fileEntries, mbrDisk, writeRaw } from '@nx-linuxkit/disk';
import { joinPath, tarPieces, type Content } from '@nx-linuxkit/tree';
import { bootParts } from '../media/boot-parts.js';
import type { System } from '../system.js';
import { writePieces } from '../write-pieces.js';
import type { MakeFormat } from './maker.js';

/** What the boards of a card need. */
interface Boards {
  /** Lines of config.txt behind those that all boards share. */
  readonly config: string;
  /** Fits the path of a device tree; the first group is its file's name. */
  readonly deviceTrees: RegExp;
  /** Where a file of the firmware's image lies on the card; undefined for one that does not. */
  readonly fileOf: (path: string) => string | undefined;
}

/** The firmware starts kernel8.img in 64 bits: https://www.raspberrypi.com/documentation/computers/config_txt.html. */
const CONFIG = `arm_64bit=1
enable_uart=1
kernel=kernel8.img
initramfs initrd.img followkernel
`;

/** Device trees of the board. The firmware looks beside config.txt for the name bcm2710, mainline Linux has bcm2837. */
const PI3: Boards = {
  config: '',
  deviceTrees: /\/(bcm(?:2837|2710)-rpi-3-b[\w-]*\.dtb)$/,
  fileOf: (path) => path,
};

/** The firmware of board 5 refuses kernels that do not say that they know it, as mainline Linux does not. */
const ALL: Boards = {
  config: '[pi5]\nos_check=0\n[all]\n',
  deviceTrees: /\/(bcm(?:2837|2710|2711|2712)-rpi-[345][\w-]*\.dtb)$/,
  fileOf: fileOfDebian,
};

/** Folders in which Debian's packages have the firmware and the device trees. */
const DEBIAN_FOLDERS = /^usr\/lib\/(?:raspi-firmware|linux-image-[^/]+\/broadcom)\//;
/** What Debian's packages say about themselves. */
const RECORDS = /^(?:usr\/share\/doc|var\/lib\/dpkg)\//;
/** MBR type of a FAT32 partition with LBA addresses, the only one that the boards' own loaders all read. */
const FAT32 = 0x0c;
/** Bytes before and behind the partition at least. */
const BEFORE = 2 ** 20;

/** Makes the files of an SD card's FAT partition, as a tar: `tar -xf my-os.tar -C /media/card`. */
export const rpi3: MakeFormat = async (system, path) => {
  await writePieces(path('image'), tarPieces(fileEntries(await cardFiles(system, PI3))));
};

/** Makes an SD card, or a USB disk, for the boards 3, 4 and 5: an MBR, and a FAT partition that fills it. */
export const rawRpi: MakeFormat = async (system, path) => {
  const { size = 0 } = system.options;
  const minimumSize = Math.max(0, size - BEFORE);
  const { image } = fatVolume(fileEntries(await cardFiles(system, ALL)), {
    bits: 32,
    label: 'BOOT',
    minimumSize,
  });
  await writeRaw(mbrDisk([{ image, type: FAT32, active: true }], { minimumSize: size }), path('image'));
};

async function cardFiles(system: System, boards: Boards): Promise<Record<string, Content | string>> {
  const { kernel, initrd, cmdline } = await bootParts(system);
  return {
    ...(await firmware(system, boards)),
    ...(await deviceTrees(system, boards)),
    'config.txt': CONFIG + boards.config,
    'cmdline.txt': `${cmdline}\n`,
    'kernel8.img': kernel,
    'initrd.img': initrd,
  };
}

/** The boards' own programs, with what lies beside them: overlays, and device trees that the kernel's image lacks. */
async function firmware(system: System, { fileOf }: Boards): Promise<Record<string, Content>> {
  if (!system.hasLoader('rpi-firmware')) {
    system.log(
      `${system.format} ${system.name}: without the board's firmware (bootcode.bin, start.elf, fixup.dat), which is not free; ` +
        'put it beside these files, or name an image that holds it as loaders.rpi-firmware',
    );
    return {};
  }
  const tree = await system.loader('rpi-firmware');
  return Object.fromEntries(
    [...tree.entries()].flatMap(({ path, inode }) => {
      const name = fileOf(path);
      return inode.content && name !== undefined ? [[name, inode.content]] : [];
    }),
  );
}

/** Debian's packages have the files in folders of their own, and others about themselves. */
function fileOfDebian(path: string): string | undefined {
  if (RECORDS.test(path)) return undefined;
  const name = path.replace(DEBIAN_FOLDERS, '');
  if (name === path || !name.endsWith('.dtb')) return name;
  return ALL.deviceTrees.test(`/${name}`) ? onCard(name) : undefined;
}

async function deviceTrees(system: System, boards: Boards): Promise<Record<string, Content>> {
  const found: Record<string, Content> = {};
  const tree = await system.tree();
  const folder = joinPath(tree.leadsTo('boot') ?? 'boot', 'dtb/');
  for (const { path, inode } of tree.entries()) {
    const name = path.startsWith(folder) && boards.deviceTrees.exec(path)?.[1];
    if (name && inode.content) found[onCard(name)] = inode.content;
  }
  return found;
}

const onCard = (name: string): string => name.replace('bcm2837', 'bcm2710');
