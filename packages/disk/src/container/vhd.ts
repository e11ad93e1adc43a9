import { createHash } from 'node:crypto';
import { DEFAULT_MTIME, gather, writeFully } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, type Image } from '../image/image.js';
import { alignUp, MIB, SECTOR } from '../image/units.js';
import { writeAtomically } from './file.js';
import { writeBlocks, writeImage } from './sparse.js';

/** Bytes of the largest disk in either kind of VHD: Microsoft's limit. */
const LARGEST = 2040 * 1024 * MIB;
/** Bytes of a dynamic VHD's block: the default of all writers. */
const BLOCK = 2 * MIB;
/** The bitmap of a block, with a bit for each of its sectors: all hold data. */
const ALL_SECTORS = Buffer.alloc(BLOCK / SECTOR / 8, 0xff);
const NOWHERE = 0xffffffffffffffffn;
const FIXED = 2;
const DYNAMIC = 3;
/** The footer counts seconds from 2000-01-01. */
const EPOCH = Date.UTC(2000, 0, 1) / 1000;

/**
 * Writes a fixed VHD: the disk's bytes and a footer. The size becomes whole MiB, which Azure requires.
 *
 * @throws DiskError `image-too-large` above 2040 GiB.
 */
export async function writeVhdFixed(image: Image, path: string): Promise<void> {
  const size = checkSize(image);
  await writeAtomically(path, async (file) => {
    await file.truncate(size);
    await gather(file, (output) => writeImage(output, image));
    await writeFully(file, encodeFooter(image, size, FIXED), size);
  });
}

/**
 * Writes a dynamic VHD: footer, header, block table, the blocks of 2 MiB that hold data, and the footer again. The size
 * becomes whole MiB.
 *
 * @throws DiskError `image-too-large` above 2040 GiB.
 */
export async function writeVhdDynamic(image: Image, path: string): Promise<void> {
  const size = checkSize(image);
  const table = Buffer.alloc(alignUp(Math.ceil(size / BLOCK) * 4, SECTOR), 0xff);
  const tableOffset = 3 * SECTOR;
  const footer = encodeFooter(image, size, DYNAMIC);
  await writeAtomically(path, async (file) => {
    let at = tableOffset + table.length;
    const allocate = (index: number): number => {
      table.writeUInt32BE(at / SECTOR, index * 4);
      at += SECTOR + BLOCK;
      return at - BLOCK;
    };
    const layout = { blockSize: BLOCK, allocate, lead: ALL_SECTORS };
    await gather(file, (output) => writeBlocks(output, image, layout));
    await writeFully(file, footer, at);
    await writeFully(file, footer, 0);
    await writeFully(file, encodeDynamicHeader(tableOffset, Math.ceil(size / BLOCK)), SECTOR);
    await writeFully(file, table, tableOffset);
  });
}

function checkSize(image: Image): number {
  const size = alignUp(Math.max(image.size, MIB), MIB);
  if (size <= LARGEST) return size;
  throw new DiskError('image-too-large', `a VHD holds at most ${LARGEST} bytes, got ${image.size}`);
}

/** Virtual Hard Disk Image Format Specification, "Hard Disk Footer Format"; all numbers are big endian. */
function encodeFooter(image: Image, size: number, type: number): Buffer {
  const footer = Buffer.alloc(SECTOR);
  footer.write('conectix', 0, 'latin1');
  footer.writeUInt32BE(2, 8);
  footer.writeUInt32BE(0x00010000, 12);
  footer.writeBigUInt64BE(type === FIXED ? NOWHERE : BigInt(SECTOR), 16);
  footer.writeUInt32BE(DEFAULT_MTIME - EPOCH, 24);
  // QEMU uses the size field only of this creator and of `tap`; for all others it computes the size from CHS.
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

/** Virtual Hard Disk Image Format Specification, "Dynamic Disk Header Format". */
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

/** The one's complement of the sum of all bytes, while the checksum field is zero. */
const checksum = (bytes: Buffer): number => ~bytes.reduce((sum, byte) => sum + byte, 0) >>> 0;

/** Virtual Hard Disk Image Format Specification, appendix "CHS Calculation"; `total` is in sectors. */
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
