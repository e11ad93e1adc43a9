import { createHash } from 'node:crypto';
import { bytesContent } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import type { Extent } from '../image/image.js';
import { SECTOR } from '../image/units.js';
import { GPT_TYPES } from '../partition/guid.js';
import { gptTables } from '../partition/gpt.js';
import { encodeMbr } from '../partition/mbr.js';
import type { BootImages } from './el-torito.js';

/** Partition type of the whole ISO, "hidden NTFS": isohybrid has the same, and no system mounts it by itself. */
const WHOLE_DISK = 0x17;
const ESP = 0xef;
const PROTECTIVE = 0xee;
/** Bytes of isohdpfx.bin; behind them lies the address of isolinux.bin. */
const ISOHDPFX_BYTES = 432;

/** How an ISO boots as a disk. */
export interface Hybrid {
  /** Bytes of the whole image. */
  readonly size: number;
  readonly boot: BootImages;
  /** The boot code isohdpfx.bin of syslinux. */
  readonly mbr?: Uint8Array;
  /** Whether a GPT shows the EFI image. */
  readonly gpt: boolean;
  /** Text that the signature and the GUIDs are derived from. */
  readonly seed: string;
}

/** The extents that make an ISO a disk as well: an MBR that starts isolinux, and tables that show the EFI image. */
export function hybridExtents({ size, boot, mbr, gpt, seed }: Hybrid): Extent[] {
  const esp = boot.efi && { start: boot.efi.sector * 4, sectors: Math.ceil(boot.efi.size / SECTOR) };
  const tables =
    gpt && esp ? gptTables(size / SECTOR, [{ ...esp, type: GPT_TYPES.esp, name: 'EFI System' }], seed) : [];
  const signature = createHash('sha256').update(`isohybrid ${seed}`).digest().readUInt32LE(0);
  const sector = mbr
    ? isohybridMbr(mbr, size, signature, boot, esp)
    : encodeMbr(
        tables.length > 0
          ? [{ start: 1, sectors: size / SECTOR - 1, type: PROTECTIVE, active: false }]
          : esp
            ? [{ ...esp, type: ESP, active: false }]
            : [],
        { signature: tables.length > 0 ? 0 : signature },
      );
  return mbr || esp ? [{ offset: 0, content: bytesContent(sector) }, ...tables] : [];
}

/** An MBR as syslinux's isohybrid writes it. */
function isohybridMbr(
  code: Uint8Array,
  size: number,
  signature: number,
  boot: BootImages,
  esp: { start: number; sectors: number } | undefined,
): Buffer {
  if (code.length !== ISOHDPFX_BYTES) {
    throw new DiskError('bad-loader', `expected isohdpfx.bin of ${ISOHDPFX_BYTES} bytes, got ${code.length}`);
  }
  if (boot.bios === undefined) {
    throw new DiskError('bad-option', 'isohdpfx.bin starts isolinux.bin, but no BIOS boot image is given');
  }
  const whole = { start: 0, sectors: size / SECTOR, type: WHOLE_DISK, active: true };
  const mbr = encodeMbr(esp ? [whole, { ...esp, type: ESP, active: false }] : [whole], {
    bootCode: code,
    signature,
  });
  mbr.writeBigUInt64LE(BigInt(boot.bios * 4), ISOHDPFX_BYTES);
  return mbr;
}
