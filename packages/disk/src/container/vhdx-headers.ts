import { SECTOR } from '../image/units.js';
import { guidBytes } from '../partition/guid.js';
import { crc32c } from './crc32c.js';

/** A part of the file, in bytes. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

/** The ids of regions and of metadata items: [MS-VHDX], sections 2.2.3 and 2.6.2. */
const REGIONS = {
  table: '2DC27766-F623-4200-9D64-115E9BFD4A08',
  metadata: '8B7CA206-4790-4B9A-B8FE-575F050F886E',
};
const ITEMS = {
  fileParameters: 'CAA16737-FA36-4D43-B3B6-33F0AA44E76B',
  diskSize: '2FA54224-CD1B-4876-B211-5DBED83BF4B8',
  diskId: 'BECA12AB-B2E6-4523-93EF-C309E000C746',
  logicalSector: '8141BF1D-A96F-4709-BA47-F233A8FAAB5F',
  physicalSector: 'CDA348C7-445D-4471-9CC9-E9885251C556',
};
const HEADER_BYTES = 4096;
const REGION_TABLE_BYTES = 64 * 1024;
/** The first byte of an item in the metadata region, behind the table of items. */
const FIRST_ITEM = 64 * 1024;
/** Flags of an item: it describes the disk, and a reader must know it. */
const OF_DISK = 2;
const REQUIRED = 4;
/** A fixed disk keeps its blocks when a guest discards them. */
const LEAVE_BLOCKS_ALLOCATED = 1;

/** The file's first bytes, with the name of the program that made it. */
export function fileIdentifier(): Buffer {
  const bytes = Buffer.alloc(8 + 512);
  bytes.write('vhdxfile', 0, 'latin1');
  bytes.write('nx-linuxkit', 8, 'utf16le');
  return bytes;
}

/** A header ([MS-VHDX], 2.2.2). Its log is empty, as its id of zeros says. */
export function header(of: { sequence: number; file: Buffer; data: Buffer; log: Region }): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.write('head', 0, 'latin1');
  bytes.writeBigUInt64LE(BigInt(of.sequence), 8);
  of.file.copy(bytes, 16);
  of.data.copy(bytes, 32);
  bytes.writeUInt16LE(1, 66);
  bytes.writeUInt32LE(of.log.length, 68);
  bytes.writeBigUInt64LE(BigInt(of.log.offset), 72);
  return withChecksum(bytes);
}

/** The table of regions ([MS-VHDX], 2.2.3): the block allocation table and the metadata. */
export function regionTable(table: Region, metadata: Region): Buffer {
  const bytes = Buffer.alloc(REGION_TABLE_BYTES);
  bytes.write('regi', 0, 'latin1');
  bytes.writeUInt32LE(2, 8);
  const entries: [string, Region][] = [
    [REGIONS.table, table],
    [REGIONS.metadata, metadata],
  ];
  entries.forEach(([id, { offset, length }], i) => {
    const at = 16 + i * 32;
    guidBytes(id).copy(bytes, at);
    bytes.writeBigUInt64LE(BigInt(offset), at + 16);
    bytes.writeUInt32LE(length, at + 24);
    bytes.writeUInt32LE(1, at + 28);
  });
  return withChecksum(bytes);
}

/** The used part of the metadata region ([MS-VHDX], 2.6): the table of items, and the items. Sizes are in bytes. */
export function metadataRegion(of: { size: number; block: number; fixed: boolean; disk: Buffer }): Buffer {
  const parameters = Buffer.alloc(8);
  parameters.writeUInt32LE(of.block, 0);
  parameters.writeUInt32LE(of.fixed ? LEAVE_BLOCKS_ALLOCATED : 0, 4);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(of.size));
  const sector = Buffer.alloc(4);
  sector.writeUInt32LE(SECTOR);
  const items: [id: string, value: Buffer, flags: number][] = [
    [ITEMS.fileParameters, parameters, REQUIRED],
    [ITEMS.diskSize, size, OF_DISK | REQUIRED],
    [ITEMS.diskId, of.disk, OF_DISK | REQUIRED],
    [ITEMS.logicalSector, sector, OF_DISK | REQUIRED],
    [ITEMS.physicalSector, sector, OF_DISK | REQUIRED],
  ];
  const values = Buffer.concat(items.map(([, value]) => value));
  const bytes = Buffer.concat([Buffer.alloc(FIRST_ITEM), values]);
  bytes.write('metadata', 0, 'latin1');
  bytes.writeUInt16LE(items.length, 10);
  let offset = FIRST_ITEM;
  items.forEach(([id, value, flags], i) => {
    const at = 32 + i * 32;
    guidBytes(id).copy(bytes, at);
    bytes.writeUInt32LE(offset, at + 16);
    bytes.writeUInt32LE(value.length, at + 20);
    bytes.writeUInt32LE(flags, at + 24);
    offset += value.length;
  });
  return bytes;
}

/** Writes the checksum over all bytes, in which the checksum itself counts as zeros. */
function withChecksum(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32c(bytes), 4);
  return bytes;
}
