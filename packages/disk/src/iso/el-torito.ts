import { DiskError } from '../error.js';
import { SECTOR } from './hierarchy.js';

const BIOS = 0x00;
const EFI = 0xef;
const BOOTABLE = 0x88;
/** Sector counts are 16 bits of 512 bytes: El Torito, figure 3. UEFI reads 0 and 1 as "to the end of the disc". */
const MOST_SECTORS = 0xffff;
/** What a BIOS loads of isolinux.bin; it loads the rest itself, by its boot-info table. */
const ISOLINUX_SECTORS = 4;

export interface BootImages {
  /** Sector (2048 bytes) of isolinux.bin. */
  readonly bios?: number;
  /** Sector and bytes of the FAT image. */
  readonly efi?: { readonly sector: number; readonly size: number };
}

export function checkEfiSize(size: number): void {
  if (Math.ceil(size / 512) <= MOST_SECTORS) return;
  throw new DiskError(
    'boot-image-too-large',
    `an El Torito image has at most ${MOST_SECTORS * 512} bytes, got ${size}`,
    { hint: 'put GRUB alone into the EFI image, and the kernel and the initramfs into the ISO' },
  );
}

/** One sector: the validation entry, the default entry, and a section for UEFI if both are there. */
export function bootCatalog({ bios, efi }: BootImages): Buffer {
  const catalog = Buffer.alloc(SECTOR);
  validationEntry(bios === undefined ? EFI : BIOS).copy(catalog, 0);
  const efiEntry = efi && bootEntry(efi.sector, Math.ceil(efi.size / 512));
  if (bios === undefined) {
    efiEntry?.copy(catalog, 32);
    return catalog;
  }
  bootEntry(bios, ISOLINUX_SECTORS).copy(catalog, 32);
  if (efiEntry) {
    // The last section header, of one entry.
    catalog.set([0x91, EFI, 1, 0], 64);
    efiEntry.copy(catalog, 96);
  }
  return catalog;
}

/** Its 16-bit words add up to zero. */
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

/** isolinux's boot-info table, bytes 8 to 63: where the descriptor and the file lie, its length and sum. */
export function withBootInfo(isolinux: Uint8Array, sector: number): Buffer {
  if (isolinux.length < 64) {
    throw new DiskError('bad-loader', `isolinux.bin has ${isolinux.length} bytes, expected more than 64`);
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
