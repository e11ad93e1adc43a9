import { DiskError } from '../error.js';
import { SECTOR } from '../image/units.js';
import { ISO_SECTOR } from './hierarchy.js';

const BIOS = 0x00;
const EFI = 0xef;
const BOOTABLE = 0x88;
/**
 * Sectors of 512 bytes in the largest boot image: the count has 16 bits (El Torito, figure 3). UEFI reads 0 and 1 as "up
 * to the end of the disc".
 */
const MOST_SECTORS = 0xffff;
/** Sectors of isolinux.bin that a BIOS loads; isolinux loads the rest itself, by its boot-info table. */
const ISOLINUX_SECTORS = 4;

/** Where the boot images lie. */
export interface BootImages {
  /** Sector of 2048 bytes at which isolinux.bin begins. */
  readonly bios?: number;
  /** Sector of 2048 bytes at which the FAT image begins, and its size in bytes. */
  readonly efi?: { readonly sector: number; readonly size: number };
}

/** Throws `boot-image-too-large` if the boot catalog cannot express the size of a FAT image. */
export function checkEfiSize(size: number): void {
  if (Math.ceil(size / SECTOR) <= MOST_SECTORS) return;
  throw new DiskError(
    'boot-image-too-large',
    `an El Torito image has at most ${MOST_SECTORS * SECTOR} bytes, got ${size}`,
    { hint: 'put GRUB alone into the EFI image, and the kernel and the initramfs into the ISO' },
  );
}

/** The boot catalog in one sector: validation entry, default entry, and a section for UEFI behind a BIOS entry. */
export function bootCatalog({ bios, efi }: BootImages): Buffer {
  const catalog = Buffer.alloc(ISO_SECTOR);
  validationEntry(bios === undefined ? EFI : BIOS).copy(catalog, 0);
  const efiEntry = efi && bootEntry(efi.sector, Math.ceil(efi.size / SECTOR));
  if (bios === undefined) {
    efiEntry?.copy(catalog, 32);
    return catalog;
  }
  bootEntry(bios, ISOLINUX_SECTORS).copy(catalog, 32);
  if (efiEntry) {
    // The header of the last section, which has one entry.
    catalog.set([0x91, EFI, 1, 0], 64);
    efiEntry.copy(catalog, 96);
  }
  return catalog;
}

/** The validation entry, whose 16-bit words add up to zero: El Torito, figure 2. */
function validationEntry(platform: number): Buffer {
  const entry = Buffer.alloc(32);
  entry.set([1, platform]);
  entry.set([0x55, 0xaa], 30);
  let sum = 0;
  for (let at = 0; at < 32; at += 2) sum += entry.readUInt16LE(at);
  entry.writeUInt16LE(-sum & 0xffff, 28);
  return entry;
}

function bootEntry(sector: number, count: number): Buffer {
  const entry = Buffer.alloc(32);
  entry.writeUInt8(BOOTABLE, 0);
  entry.writeUInt16LE(count, 6);
  entry.writeUInt32LE(sector, 8);
  return entry;
}

/**
 * A copy of isolinux.bin with its boot-info table in bytes 8 to 63: the sectors of the volume descriptor and of the file,
 * the file's length and its checksum. genisoimage's option -boot-info-table writes the same.
 */
export function withBootInfo(isolinux: Uint8Array, sector: number): Buffer {
  if (isolinux.length < 64) {
    throw new DiskError(
      'bad-loader',
      `expected an isolinux.bin of at least 64 bytes, got ${isolinux.length}`,
    );
  }
  const bytes = Buffer.from(isolinux);
  let sum = 0;
  const padded = Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
  for (let at = 64; at < padded.length; at += 4) sum = (sum + padded.readUInt32LE(at)) >>> 0;
  bytes.fill(0, 8, 64);
  bytes.writeUInt32LE(16, 8);
  bytes.writeUInt32LE(sector, 12);
  bytes.writeUInt32LE(bytes.length, 16);
  bytes.writeUInt32LE(sum, 20);
  return bytes;
}
