import { createHash } from 'node:crypto';
import { bytesContent } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, makeImage, placeImages, type Image } from '../image/image.js';
import { alignUp } from '../image/zeros.js';

export const SECTOR = 512;
/** LBA of the first partition: 1 MiB, where every tool of the last 15 years puts it. */
export const PARTITION_START = 2048;
/** Partitions and disks are whole MiB: flash and hypervisors like it (Azure refuses anything else). */
export const MIB = 1024 * 1024;
/** Room for boot code, up to the disk's signature. */
export const BOOT_CODE_BYTES = 440;

export interface MbrPartition {
  readonly image: Image;
  /** 0x0c FAT32, 0x0e FAT16, 0x83 Linux, 0xef ESP, … */
  readonly type: number;
  /** The one that a BIOS boots. */
  readonly active?: boolean;
}

export interface MbrOptions {
  /** mbr.bin or altmbr.bin: at most 440 bytes. */
  readonly bootCode?: Uint8Array;
  /** Bytes; the disk has at least this size. */
  readonly minimumSize?: number;
}

/** A disk with at most four primary partitions, each on a MiB. */
export function mbrDisk(partitions: readonly MbrPartition[], options: MbrOptions = {}): Image {
  if (partitions.length > 4) {
    throw new DiskError('bad-option', `expected at most 4 partitions in an MBR, got ${partitions.length}`);
  }
  let at = PARTITION_START * SECTOR;
  const placed = partitions.map((partition) => {
    const offset = at;
    at = alignUp(offset + partition.image.size, MIB);
    return { ...partition, offset };
  });
  const size = alignUp(Math.max(at, options.minimumSize ?? 0), MIB);
  const data = placeImages(size, placed);
  const signature = createHash('sha256')
    .update(`mbr ${imageId(data)}`)
    .digest()
    .readUInt32LE(0);
  const entries = placed.map(({ offset, image, type, active }) => ({
    start: offset / SECTOR,
    sectors: Math.ceil(image.size / SECTOR),
    type,
    active: active ?? false,
  }));
  for (const { start, sectors } of entries) {
    if (start + sectors > 2 ** 32) {
      throw new DiskError('image-too-large', `an MBR addresses 2 TiB, the disk needs ${size} bytes`);
    }
  }
  const mbr = encodeMbr(entries, { bootCode: options.bootCode, signature });
  return makeImage(size, [{ offset: 0, content: bytesContent(mbr) }, ...data.extents]);
}

export interface MbrEntry {
  readonly start: number;
  readonly sectors: number;
  readonly type: number;
  readonly active: boolean;
}

/** The 512 bytes of sector 0. */
export function encodeMbr(
  entries: readonly MbrEntry[],
  { bootCode, signature = 0 }: { bootCode?: Uint8Array; signature?: number },
): Buffer {
  const mbr = Buffer.alloc(SECTOR);
  if (bootCode) {
    if (bootCode.length > BOOT_CODE_BYTES) {
      throw new DiskError('bad-loader', `boot code of an MBR has at most 440 bytes, got ${bootCode.length}`);
    }
    mbr.set(bootCode);
  }
  mbr.writeUInt32LE(signature, BOOT_CODE_BYTES);
  entries.forEach(({ start, sectors, type, active }, i) => {
    const at = 446 + i * 16;
    mbr.writeUInt8(active ? 0x80 : 0, at);
    mbr.set(chs(start), at + 1);
    mbr.writeUInt8(type, at + 4);
    mbr.set(chs(start + sectors - 1), at + 5);
    mbr.writeUInt32LE(start, at + 8);
    mbr.writeUInt32LE(Math.min(sectors, 0xffffffff), at + 12);
  });
  mbr.writeUInt16LE(0xaa55, 510);
  return mbr;
}

/** The address for BIOSes of the time before LBA, 255 heads of 63 sectors; FE FF FF beyond its reach. */
function chs(sector: number): [number, number, number] {
  const cylinder = Math.floor(sector / (255 * 63));
  if (cylinder > 1023) return [0xfe, 0xff, 0xff];
  const head = Math.floor(sector / 63) % 255;
  return [head, ((cylinder >> 2) & 0xc0) | ((sector % 63) + 1), cylinder & 0xff];
}
