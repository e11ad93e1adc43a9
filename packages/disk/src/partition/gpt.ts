import { crc32 } from 'node:zlib';
import { bytesContent } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, makeImage, placeImages, type Extent, type Image } from '../image/image.js';
import { alignUp, MIB, SECTOR } from '../image/units.js';
import { dashed, guidBytes, guidFrom } from './guid.js';
import { encodeMbr, placePartitions } from './mbr.js';

/** A partition of a GPT disk. */
export interface GptPartition {
  readonly image: Image;
  /** Type GUID as text, such as one of GPT_TYPES. */
  readonly type: string;
  /** Name, at most 36 UTF-16 units. */
  readonly name: string;
  /** Sets attribute bit 2, which marks the partition that syslinux's gptmbr.bin boots; false by default. */
  readonly legacyBoot?: boolean;
  /** Sets attribute bit 60: Linux mounts the partition read-only (Discoverable Partitions Specification). */
  readonly readOnly?: boolean;
  /** The partition's GUID as 32 hexadecimal digits; by default it follows the content of the disk. */
  readonly guid?: string;
}

/** How to make a disk with a GPT. */
export interface GptOptions {
  /** The boot code of the protective MBR, at most 440 bytes: syslinux's gptmbr.bin. */
  readonly bootCode?: Uint8Array;
  /** Least size of the disk in bytes. */
  readonly minimumSize?: number;
}

/** The entries take at least 16 KiB, 128 bytes each: UEFI specification 5.3.2. */
const ENTRIES = 128;
const ENTRY = 128;
export const GPT_ENTRY_SECTORS = (ENTRIES * ENTRY) / SECTOR;
const LEGACY_BOOT = 1 << 2;
/** Bit 60 of the attributes, in their upper 32 bits. */
const READ_ONLY = 1 << 28;
const PROTECTIVE = 0xee;

/**
 * A disk with a GPT (UEFI specification 5.3) and a protective MBR; every partition starts on a whole MiB. The GUIDs of
 * the disk and its partitions follow their content.
 *
 * @throws DiskError `bad-option` for more than 128 partitions, `bad-name` for a name that is too long, `bad-loader` for
 * boot code that is too long.
 */
export function gptDisk(partitions: readonly GptPartition[], options: GptOptions = {}): Image {
  const { placed, end } = placePartitions(partitions);
  const size = alignUp(Math.max(end + (1 + GPT_ENTRY_SECTORS) * SECTOR, options.minimumSize ?? 0), MIB);
  const data = placeImages(size, placed);
  const seed = imageId(data);
  const slots = placed.map(({ offset, image, ...slot }) => ({
    ...slot,
    start: offset / SECTOR,
    sectors: Math.ceil(image.size / SECTOR),
  }));
  const tables = gptTables(size / SECTOR, slots, seed);
  const whole = { start: 1, sectors: size / SECTOR - 1, type: PROTECTIVE, active: false };
  const mbr = bytesContent(encodeMbr([whole], { bootCode: options.bootCode }));
  return makeImage(size, [{ offset: 0, content: mbr }, ...tables, ...data.extents]);
}

/** An entry of the GPT; `start` and `sectors` are in sectors of 512 bytes. */
export interface GptSlot extends Omit<GptPartition, 'image'> {
  readonly start: number;
  readonly sectors: number;
}

/** Both headers and both arrays of entries. The GUIDs of the disk and its partitions are derived from `seed`. */
export function gptTables(diskSectors: number, slots: readonly GptSlot[], seed: string): Extent[] {
  if (slots.length > ENTRIES) {
    throw new DiskError('bad-option', `expected at most ${ENTRIES} partitions, got ${slots.length}`);
  }
  const entries = Buffer.alloc(ENTRIES * ENTRY);
  slots.forEach((slot, i) => encodeEntry(slot, i, seed).copy(entries, i * ENTRY));
  const disk = guidFrom(`gpt disk ${seed} ${slots.map(({ name }) => name).join()}`);
  const last = diskSectors - 1;
  const header = (own: number, other: number, array: number): Buffer =>
    encodeHeader({ own, other, array, disk, last: last - GPT_ENTRY_SECTORS - 1, entriesCrc: crc32(entries) });
  const content = bytesContent(entries);
  return [
    { offset: SECTOR, content: bytesContent(header(1, last, 2)) },
    { offset: 2 * SECTOR, content },
    { offset: (last - GPT_ENTRY_SECTORS) * SECTOR, content },
    { offset: last * SECTOR, content: bytesContent(header(last, 1, last - GPT_ENTRY_SECTORS)) },
  ];
}

function encodeEntry(slot: GptSlot, index: number, seed: string): Buffer {
  const { start, sectors, type, name, guid } = slot;
  if (name.length > 36) {
    throw new DiskError('bad-name', `expected a partition name of at most 36 characters, got '${name}'`);
  }
  const entry = Buffer.alloc(ENTRY);
  guidBytes(type).copy(entry, 0);
  const own =
    guid === undefined ? guidFrom(`gpt partition ${seed} ${index} ${name}`) : guidBytes(dashed(guid));
  own.copy(entry, 16);
  entry.writeBigUInt64LE(BigInt(start), 32);
  entry.writeBigUInt64LE(BigInt(start + sectors - 1), 40);
  entry.writeUInt32LE(slot.legacyBoot ? LEGACY_BOOT : 0, 48);
  entry.writeUInt32LE(slot.readOnly ? READ_ONLY : 0, 52);
  entry.write(name, 56, 'utf16le');
  return entry;
}

/** UEFI specification 5.3.2, table "GPT Header". */
function encodeHeader(h: {
  own: number;
  other: number;
  array: number;
  disk: Buffer;
  last: number;
  entriesCrc: number;
}): Buffer {
  const header = Buffer.alloc(92);
  header.write('EFI PART', 0, 'latin1');
  header.writeUInt32LE(0x00010000, 8);
  header.writeUInt32LE(header.length, 12);
  header.writeBigUInt64LE(BigInt(h.own), 24);
  header.writeBigUInt64LE(BigInt(h.other), 32);
  header.writeBigUInt64LE(BigInt(2 + GPT_ENTRY_SECTORS), 40);
  header.writeBigUInt64LE(BigInt(h.last), 48);
  h.disk.copy(header, 56);
  header.writeBigUInt64LE(BigInt(h.array), 72);
  header.writeUInt32LE(ENTRIES, 80);
  header.writeUInt32LE(ENTRY, 84);
  header.writeUInt32LE(h.entriesCrc, 88);
  header.writeUInt32LE(crc32(header), 16);
  return header;
}
