import { SECTOR } from '../image/units.js';
import { HEADS, TRACK, type FatGeometry } from './geometry.js';

export const FSINFO_SECTOR = 1;
export const BACKUP_SECTOR = 6;
const FIXED_DISK = 0xf8;
/** The code `int 18h; jmp $`, which tells the BIOS to try the next device. */
const NOT_BOOTABLE = Buffer.from([0xcd, 0x18, 0xeb, 0xfe]);
/** The bytes of the BIOS parameter block, up to its end on FAT32; the rest of the sector belongs to a boot loader. */
const BPB_START = 11;
const BPB_END = 90;

/** What distinguishes a volume from others with the same geometry. */
export interface Identity {
  readonly serial: number;
  /** 11 characters, padded with spaces. */
  readonly label: string;
  readonly hiddenSectors: number;
}

/** The boot sector: fatgen103, "Boot Sector and BPB". `code`, a loader's boot sector, fills all but the parameter block. */
export function bootSector(geometry: FatGeometry, identity: Identity, code?: Uint8Array): Buffer {
  const sector = Buffer.alloc(SECTOR);
  const extended = geometry.bits === 32 ? 64 : 36;
  sector.set([0xeb, extended + 24, 0x90]);
  sector.write('NXLINUX ', 3, 'latin1');
  writeSharedBlock(sector, geometry, identity);
  if (geometry.bits === 32) writeFat32Block(sector, geometry);
  sector.writeUInt8(0x80, extended);
  sector.writeUInt8(0x29, extended + 2);
  sector.writeUInt32LE(identity.serial, extended + 3);
  sector.write(identity.label, extended + 7, 'latin1');
  sector.write(`FAT${geometry.bits}`.padEnd(8), extended + 18, 'latin1');
  NOT_BOOTABLE.copy(sector, extended + 26);
  sector.writeUInt16LE(0xaa55, 510);
  if (code) {
    sector.set(code.subarray(0, BPB_START));
    sector.set(code.subarray(BPB_END, SECTOR), BPB_END);
  }
  return sector;
}

function writeSharedBlock(sector: Buffer, geometry: FatGeometry, { hiddenSectors }: Identity): void {
  const { bits, clusterSectors, reserved, rootSectors, total, fatSectors } = geometry;
  const short = bits !== 32 && total < 65536;
  sector.writeUInt16LE(SECTOR, 11);
  sector.writeUInt8(clusterSectors, 13);
  sector.writeUInt16LE(reserved, 14);
  sector.writeUInt8(2, 16);
  sector.writeUInt16LE((rootSectors * SECTOR) / 32, 17);
  sector.writeUInt16LE(short ? total : 0, 19);
  sector.writeUInt8(FIXED_DISK, 21);
  sector.writeUInt16LE(bits === 32 ? 0 : fatSectors, 22);
  sector.writeUInt16LE(TRACK, 24);
  sector.writeUInt16LE(HEADS, 26);
  sector.writeUInt32LE(hiddenSectors, 28);
  sector.writeUInt32LE(short ? 0 : total, 32);
}

function writeFat32Block(sector: Buffer, { fatSectors }: FatGeometry): void {
  sector.writeUInt32LE(fatSectors, 36);
  sector.writeUInt32LE(2, 44);
  sector.writeUInt16LE(FSINFO_SECTOR, 48);
  sector.writeUInt16LE(BACKUP_SECTOR, 50);
}

/** FAT32's FSInfo sector: the number of free clusters, and the first of them. */
export function fsInfo(free: number, next: number): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.write('RRaA', 0, 'latin1');
  sector.write('rrAa', 484, 'latin1');
  sector.writeUInt32LE(free, 488);
  sector.writeUInt32LE(next, 492);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}
