import {
  GPT_TYPES,
  fatImage,
  fileEntries,
  gptDisk,
  imageContent,
  type GptPartition,
  type Image,
} from '@nx-linuxkit/disk';
import type { System } from '../../system.js';
import { loaderFile } from '../boot-parts.js';
import { efiProgramPath } from '../efi-program.js';
import { contentImage } from './content-image.js';
import { rootPartitions } from './root-partitions.js';
import { makeSlot, type Slot } from './slot.js';

const MIB = 2 ** 20;
/** Bytes around the partitions: 1 MiB before them, and 1 MiB behind them for the second copy of the table. */
const AROUND = 2 * MIB;
/** Programs that the ESP has room for: the running version, the one before it, and one that an update writes. */
const PROGRAMS = 3;
/** Room for the loader and its files, and for clusters that are not full. */
const LOADER_ROOM = 4 * MIB;
/** Least size of the partition for data; a file system with a journal needs some MiB. */
const STATE = 64 * MIB;

/** Without a menu, and without a way to edit the command line. */
const LOADER_CONF = 'timeout 0\neditor no\n';
/** Enrols without a question; on firmware that has keys already it does nothing. */
const ENROL = 'secure-boot-enroll force\n';

/**
 * Makes a disk for UEFI with room for two versions: ESP with systemd-boot and the first version, the partitions of the root
 * under dm-verity, and a last partition for data, which fills the disk.
 */
export async function abDisk(system: System): Promise<Image> {
  const slot = await makeSlot(system);
  const boot: GptPartition[] = [
    { image: await bootPartition(system, slot), type: GPT_TYPES.esp, name: 'EFI System' },
    ...rootPartitions(slot, system.platform),
  ];
  const used = boot.reduce((sum, { image }) => sum + Math.ceil(image.size / MIB) * MIB, AROUND);
  const size = Math.floor((system.options.size ?? 0) / MIB) * MIB;
  const state: Image = { size: Math.max(STATE, size - used), extents: [] };
  return gptDisk([...boot, { image: state, type: GPT_TYPES.linux, name: 'state' }]);
}

async function bootPartition(system: System, { program, fileName }: Slot): Promise<Image> {
  const loader = contentImage(await loaderFile(system, 'systemd-boot', 'systemd-boot.efi'));
  const keys = await system.enrolment();
  const files = {
    [efiProgramPath(system.platform)]: imageContent(await system.signed(loader)),
    'loader/loader.conf': keys ? LOADER_CONF + ENROL : LOADER_CONF,
    [`EFI/Linux/${fileName}`]: imageContent(program),
    ...Object.fromEntries(
      Object.entries(keys ?? {}).map(([name, file]) => [`loader/keys/auto/${name}.auth`, file]),
    ),
  };
  const minimumSize = PROGRAMS * Math.ceil(program.size / MIB) * MIB + LOADER_ROOM;
  return fatImage(fileEntries(files), { label: 'ESP', minimumSize });
}
