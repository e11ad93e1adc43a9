import { createHash } from 'node:crypto';
import { bytesContent } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, makeImage, placeImages, type Image } from '../image/image.js';
import { alignUp, MIB, SECTOR } from '../image/units.js';

/** First sector of the first partition: 1 MiB, as in all partitioning tools of the last 15 years. */
export const PARTITION_START = 2048;
/** Bytes for boot code: it ends where the disk's signature begins. */
const BOOT_CODE_BYTES = 440;

/** A primary partition. */
export interface MbrPartition {
  readonly image: Image;
  /** The type byte: 0x0c FAT32, 0x0e FAT16, 0x83 Linux, 0xef ESP, … */
  readonly type: number;
  /** Whether a BIOS boots this partition; false by default. */
  readonly active?: boolean;
}

/** How to make a disk with an MBR. */
export interface MbrOptions {
  /** The boot code of sector 0, at most 440 bytes: syslinux's mbr.bin, or altmbr.bin (see altMbr). */
  readonly bootCode?: Uint8Array;
  /** Least size of the disk in bytes. */
  readonly minimumSize?: number;
}

/**
 * Gives each partition the next whole MiB; `end` is the byte behind the last one. Flash works best with partitions on
 * whole MiB, and Azure refuses disks of any other size.
 */
export function placePartitions<P extends { readonly image: Image }>(
  partitions: readonly P[],
): { placed: (P & { readonly offset: number })[]; end: number } {
  let end = PARTITION_START * SECTOR;
  const placed = partitions.map((partition) => {
    const offset = end;
    end = alignUp(offset + partition.image.size, MIB);
    return { ...partition, offset };
  });
  return { placed, end };
}

/**
 * A disk with an MBR and at most four primary partitions, each on a whole MiB. The disk's signature follows its content.
 *
 * @throws DiskError `bad-option` for a fifth partition, `bad-loader` for boot code that is too long, and
 * `image-too-large` beyond 2 TiB.
 */
export function mbrDisk(partitions: readonly MbrPartition[], options: MbrOptions = {}): Image {
  if (partitions.length > 4) {
    throw new DiskError('bad-option', `expected at most 4 partitions in an MBR, got ${partitions.length}`);
  }
  const { placed, end } = placePartitions(partitions);
  const size = alignUp(Math.max(end, options.minimumSize ?? 0), MIB);
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

/** An entry of the partition table; `start` and `sectors` are in sectors of 512 bytes. */
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
      throw new DiskError(
        'bad-loader',
        `expected boot code of at most ${BOOT_CODE_BYTES} bytes, got ${bootCode.length}`,
      );
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

/** The CHS address for a BIOS without LBA, with 255 heads of 63 sectors; FE FF FF beyond its reach. */
function chs(sector: number): [number, number, number] {
  const cylinder = Math.floor(sector / (255 * 63));
  if (cylinder > 1023) return [0xfe, 0xff, 0xff];
  const head = Math.floor(sector / 63) % 255;
  return [head, ((cylinder >> 2) & 0xc0) | ((sector % 63) + 1), cylinder & 0xff];
}
