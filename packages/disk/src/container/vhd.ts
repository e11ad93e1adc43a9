import { createHash } from 'node:crypto';
import { gather, writeFully } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { DEFAULT_MTIME } from '../image/bytes.js';
import { imageId, type Image } from '../image/image.js';
import { alignUp } from '../image/zeros.js';
import { writeAtomically } from './file.js';
import { writeBlocks, writeImage } from './sparse.js';

const SECTOR = 512;
const MIB = 1024 * 1024;
/** Microsoft's limit for both kinds. */
const LARGEST = 2040 * 1024 * MIB;
/** The dynamic kind's default. */
const BLOCK = 2 * MIB;
/** A bit for each sector of a block. */
const ALL_THERE = Buffer.alloc(BLOCK / SECTOR / 8, 0xff);
const NOWHERE = 0xffffffffffffffffn;
const FIXED = 2;
const DYNAMIC = 3;
/** The footer counts seconds from 2000. */
const EPOCH = Date.UTC(2000, 0, 1) / 1000;

/** The bytes themselves and a footer. Sizes are whole MiB, as Azure wants them. */
export function writeVhdFixed(image: Image, path: string): Promise<void> {
  const size = checkSize(image);
  return writeAtomically(path, async (file) => {
    await file.truncate(size);
    await gather(file, (output) => writeImage(output, image));
    await writeFully(file, encodeFooter(image, size, FIXED), size);
  });
}

/** Blocks of 2 MiB, those of zeros left out: footer, header, block table, blocks, footer. */
export function writeVhdDynamic(image: Image, path: string): Promise<void> {
  const size = checkSize(image);
  const table = Buffer.alloc(alignUp(Math.ceil(size / BLOCK) * 4, SECTOR), 0xff);
  const tableOffset = 3 * SECTOR;
  const footer = encodeFooter(image, size, DYNAMIC);
  return writeAtomically(path, async (file) => {
    let at = tableOffset + table.length;
    const place = (index: number): number => {
      table.writeUInt32BE(at / SECTOR, index * 4);
      at += SECTOR + BLOCK;
      return at - BLOCK;
    };
    const placement = { blockSize: BLOCK, place, lead: ALL_THERE };
    await gather(file, (output) => writeBlocks(output, image, placement));
    await writeFully(file, footer, at);
    await writeFully(file, footer, 0);
    await writeFully(file, encodeDynamicHeader(tableOffset, Math.ceil(size / BLOCK)), SECTOR);
    await writeFully(file, table, tableOffset);
  });
}

function checkSize(image: Image): number {
  const size = alignUp(Math.max(image.size, MIB), MIB);
  if (size <= LARGEST) return size;
  throw new DiskError('image-too-large', `a VHD holds ${LARGEST} bytes, got ${image.size}`);
}

/** VHD specification, "Hard Disk Footer Format"; all big endian. */
function encodeFooter(image: Image, size: number, type: number): Buffer {
  const footer = Buffer.alloc(SECTOR);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x00010000, 12);
  footer.writeBigUInt64BE(type === FIXED ? NOWHERE : BigInt(SECTOR), 16);
  footer.writeUInt32BE(DEFAULT_MTIME - EPOCH, 24);
  // Of all creators QEMU takes only this one's (and `tap`'s) size for the disk's; the others' from CHS.
  footer.write('win ', 28, 'latin1');
  footer.writeUInt32BE(0x000a0000, 32);
  footer.write('Wi2k', 36, 'latin1');
  footer.writeBigUInt64BE(BigInt(size), 40);
  footer.writeBigUInt64BE(BigInt(size), 48);
  const { cylinders, heads, sectors } = geometry(size / SECTOR);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(type, 60);
  createHash('sha256')
    .update(`vhd ${type} ${imageId(image)}`)
    .digest()
    .copy(footer, 68, 0, 16);
  footer.writeUInt32BE(checksum(footer), 64);
  return footer;
}

function encodeDynamicHeader(tableOffset: number, blocks: number): Buffer {
  const header = Buffer.alloc(2 * SECTOR);
  header.write('cxsparse', 0, 'latin1');
  header.writeBigUInt64BE(NOWHERE, 8);
  header.writeBigUInt64BE(BigInt(tableOffset), 16);
  header.writeUInt32BE(0x00010000, 24);
  header.writeUInt32BE(blocks, 28);
  header.writeUInt32BE(BLOCK, 32);
  header.writeUInt32BE(checksum(header), 36);
  return header;
}

/** One's complement of the sum of all bytes, the checksum's own being zero. */
const checksum = (bytes: Buffer): number => ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;

/** VHD specification, appendix "CHS Calculation". */
function geometry(total: number): { cylinders: number; heads: number; sectors: number } {
  const clamped = Math.min(total, 65535 * 16 * 255);
  if (clamped >= 65535 * 16 * 63)
    return { cylinders: Math.floor(clamped / (16 * 255)), heads: 16, sectors: 255 };
  let sectors = 17;
  let tracks = Math.floor(clamped / sectors);
  let heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks >= heads * 1024 || heads > 16) {
    sectors = 31;
    heads = 16;
    tracks = Math.floor(clamped / sectors);
  }
  if (tracks >= heads * 1024) {
    sectors = 63;
    heads = 16;
    tracks = Math.floor(clamped / sectors);
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}
