import { crc32 } from 'node:zlib';
import { bytesContent } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, makeImage, placeImages, type Extent, type Image } from '../image/image.js';
import { alignUp } from '../image/zeros.js';
import { guidBytes, guidFrom } from './guid.js';
import { encodeMbr, MIB, PARTITION_START, SECTOR } from './mbr.js';

export interface GptPartition {
  readonly image: Image;
  /** Type GUID, as in GPT_TYPES. */
  readonly type: string;
  /** At most 36 UTF-16 units. */
  readonly name: string;
  /** Attribute bit 2: the partition that syslinux's gptmbr.bin boots. */
  readonly legacyBoot?: boolean;
}

export interface GptOptions {
  /** gptmbr.bin, at most 440 bytes. */
  readonly bootCode?: Uint8Array;
  /** Bytes; the disk has at least this size. */
  readonly minimumSize?: number;
}

/** UEFI 5.3.2: at least 16 KiB of entries, each of 128 bytes. */
const ENTRIES = 128;
const ENTRY = 128;
export const GPT_ENTRY_SECTORS = (ENTRIES * ENTRY) / SECTOR;
const LEGACY_BOOT = 1 << 2;
const PROTECTIVE = 0xee;

/** A GPT disk with a protective MBR; every partition starts on a MiB. */
export function gptDisk(partitions: readonly GptPartition[], options: GptOptions = {}): Image {
  let at = PARTITION_START * SECTOR;
  const placed = partitions.map((partition) => {
    const offset = at;
    at = alignUp(offset + partition.image.size, MIB);
    return { ...partition, offset };
  });
  const size = alignUp(Math.max(at + (1 + GPT_ENTRY_SECTORS) * SECTOR, options.minimumSize ?? 0), MIB);
  const data = placeImages(size, placed);
  const seed = imageId(data);
  const slots = placed.map(({ offset, image, type, name, legacyBoot }) => ({
    start: offset / SECTOR,
    sectors: Math.ceil(image.size / SECTOR),
    type,
    name,
    legacyBoot,
  }));
  const tables = gptTables(size / SECTOR, slots, seed);
  const whole = { start: 1, sectors: size / SECTOR - 1, type: PROTECTIVE, active: false };
  const mbr = bytesContent(encodeMbr([whole], { bootCode: options.bootCode }));
  return makeImage(size, [{ offset: 0, content: mbr }, ...tables, ...data.extents]);
}

export interface GptSlot {
  readonly start: number;
  readonly sectors: number;
  readonly type: string;
  readonly name: string;
  readonly legacyBoot?: boolean;
}

/** Both headers and both arrays of entries; disk and partition GUIDs are functions of `seed`. */
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

function encodeEntry(
  { start, sectors, type, name, legacyBoot }: GptSlot,
  index: number,
  seed: string,
): Buffer {
  if (name.length > 36) {
    throw new DiskError('bad-name', `a partition's name has at most 36 characters, got '${name}'`);
  }
  const entry = Buffer.alloc(ENTRY);
  guidBytes(type).copy(entry, 0);
  guidFrom(`gpt partition ${seed} ${index} ${name}`).copy(entry, 16);
  entry.writeBigUInt64LE(BigInt(start), 32);
  entry.writeBigUInt64LE(BigInt(start + sectors - 1), 40);
  entry.writeUInt32LE(legacyBoot ? LEGACY_BOOT : 0, 48);
  entry.write(name, 56, 'utf16le');
  return entry;
}

/** UEFI 5.3.2, table "GPT Header". */
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
