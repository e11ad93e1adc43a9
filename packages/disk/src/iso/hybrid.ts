import { createHash } from 'node:crypto';
import { bytesContent } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import type { Extent } from '../image/image.js';
import { GPT_TYPES } from '../partition/guid.js';
import { gptTables } from '../partition/gpt.js';
import { encodeMbr, SECTOR } from '../partition/mbr.js';
import type { BootImages } from './el-torito.js';

/** isohybrid's own choice: "hidden NTFS", which no system mounts by itself. */
const WHOLE_DISK = 0x17;
const ESP = 0xef;
const PROTECTIVE = 0xee;
/** isohdpfx.bin ends where the address of isolinux.bin begins. */
const ISOHDPFX_BYTES = 432;

export interface Hybrid {
  /** Bytes of the whole image. */
  readonly size: number;
  readonly boot: BootImages;
  /** isohdpfx.bin */
  readonly mbr?: Uint8Array;
  readonly gpt: boolean;
  readonly seed: string;
}

/** What makes the ISO a disk too: an MBR that starts isolinux, and tables that show firmware the EFI image. */
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
