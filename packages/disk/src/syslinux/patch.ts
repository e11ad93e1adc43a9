import { DiskError } from '../error.js';
import { SECTOR } from '../image/units.js';

/** Marks the area that installers fill in; it is also the initial value of the checksum. */
const MAGIC = 0x3eb202fe;
/** Sectors behind the code with two copies of the options, the "auxiliary data vector" (ADV). */
const ADV_SECTORS = 2;
const ADV_HEAD = 0x5a2d2fa5;
const ADV_SUM = 0xa3041767;
const ADV_TAIL = 0xdd28bf64;
/** Sectors of the longest run: one BIOS call reads it, and reads less than 64 KiB. */
const LONGEST_RUN = 0x10000 / SECTOR - 1;
/** Bytes of an extent: a 64-bit sector number and a 16-bit count. */
const EXTENT = 10;

/** Where ldlinux.sys lies on a volume. */
export interface LdlinuxLayout {
  /** The volume's boot sector, whose BIOS parameter block is kept. */
  readonly bootSector: Uint8Array;
  /** The sectors of the file, from the volume's start; they hold `ldlinuxSize(sys)` bytes. */
  readonly sectors: readonly number[];
}

/** Bytes of the installed file: the code in whole sectors, and both copies of the ADV. */
export const ldlinuxSize = (sys: Uint8Array): number =>
  (Math.ceil(sys.length / SECTOR) + ADV_SECTORS) * SECTOR;

/**
 * Writes the file's sectors into ldlinux.sys and its boot sector, byte for byte as `syslinux -i` does: the boot sector
 * gets the number of the first sector, the file gets all others as extents.
 */
export function patchLdlinux(
  sys: Uint8Array,
  bss: Uint8Array,
  { bootSector, sectors }: LdlinuxLayout,
): { file: Buffer; bootSector: Buffer } {
  const size = ldlinuxSize(sys);
  if (sectors.length !== size / SECTOR) {
    throw new DiskError('bad-loader', `ldlinux.sys takes ${size / SECTOR} sectors, got ${sectors.length}`);
  }
  const file = Buffer.alloc(size);
  file.set(sys);
  const area = patchArea(file);
  const code = sectors.slice(1, -ADV_SECTORS);
  writeTotals(file, area, sys.length);
  writeExtents(file, area, code);
  writeAdvPointers(file, area, sectors.slice(-ADV_SECTORS));
  writeChecksum(file, area, sys.length);
  for (let i = ADV_SECTORS; i > 0; i--) emptyAdv().copy(file, size - i * SECTOR);
  return { file, bootSector: patchBootSector(bss, bootSector, area, sectors[0]!) };
}

/** Offsets into ldlinux.sys (`start`, `adv`, `extents`) and into the boot sector (`first`). */
interface PatchArea {
  readonly start: number;
  readonly adv: number;
  readonly extents: number;
  readonly extentCount: number;
  readonly first: readonly [low: number, high: number];
}

/** Finds the area. Its fields: magic, instance, data and ADV sectors, dwords, checksum, largest transfer, extension. */
function patchArea(file: Buffer): PatchArea {
  for (let start = 0; start + 24 <= Math.min(file.length, 4 * SECTOR); start += 4) {
    if (file.readUInt32LE(start) !== MAGIC) continue;
    const extension = file.readUInt16LE(start + 22);
    if (extension + 20 > file.length) break;
    const field = (index: number): number => file.readUInt16LE(extension + index * 2);
    return { start, adv: field(0), extents: field(5), extentCount: field(6), first: [field(7), field(8)] };
  }
  throw new DiskError('bad-loader', 'ldlinux.sys has no patch area: expected syslinux 4 or later');
}

function writeTotals(file: Buffer, { start }: PatchArea, codeBytes: number): void {
  file.writeUInt16LE(Math.ceil(codeBytes / SECTOR), start + 8);
  file.writeUInt16LE(ADV_SECTORS, start + 10);
  file.writeUInt32LE(Math.floor(codeBytes / 4), start + 12);
}

/** Writes the sectors as runs: the first sector and the number of sectors of each. */
function writeExtents(file: Buffer, area: PatchArea, sectors: readonly number[]): void {
  file.fill(0, area.extents, area.extents + area.extentCount * EXTENT);
  const runs: { lba: number; count: number }[] = [];
  for (const sector of sectors) {
    const run = runs.at(-1);
    if (run && sector === run.lba + run.count && run.count < LONGEST_RUN) run.count++;
    else runs.push({ lba: sector, count: 1 });
  }
  if (runs.length > area.extentCount) {
    throw new DiskError(
      'bad-loader',
      `ldlinux.sys has room for ${area.extentCount} extents, its sectors form ${runs.length}`,
    );
  }
  runs.forEach(({ lba, count }, i) => {
    file.writeBigUInt64LE(BigInt(lba), area.extents + i * EXTENT);
    file.writeUInt16LE(count, area.extents + i * EXTENT + 8);
  });
}

function writeAdvPointers(file: Buffer, { adv }: PatchArea, sectors: readonly number[]): void {
  sectors.forEach((sector, i) => file.writeBigUInt64LE(BigInt(sector), adv + i * 8));
}

/** Sets the checksum so that all dwords of the code add up to the magic. */
function writeChecksum(file: Buffer, { start }: PatchArea, codeBytes: number): void {
  file.writeUInt32LE(0, start + 16);
  let sum = MAGIC;
  for (let at = 0; at + 4 <= codeBytes; at += 4) sum = (sum - file.readUInt32LE(at)) >>> 0;
  file.writeUInt32LE(sum, start + 16);
}

function emptyAdv(): Buffer {
  const adv = Buffer.alloc(SECTOR);
  adv.writeUInt32LE(ADV_HEAD, 0);
  adv.writeUInt32LE(ADV_SUM, 4);
  adv.writeUInt32LE(ADV_TAIL, SECTOR - 4);
  return adv;
}

/** The loader's boot sector with the volume's BIOS parameter block (bytes 11 to 89) and the file's first sector. */
function patchBootSector(bss: Uint8Array, bootSector: Uint8Array, { first }: PatchArea, lba: number): Buffer {
  const sector = Buffer.from(bss.subarray(0, SECTOR));
  sector.writeUInt32LE(lba % 2 ** 32, first[0]);
  sector.writeUInt32LE(Math.floor(lba / 2 ** 32), first[1]);
  sector.set(bootSector.subarray(11, 90), 11);
  return sector;
}
