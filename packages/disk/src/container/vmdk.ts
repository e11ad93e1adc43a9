import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflate, type ZlibOptions } from 'node:zlib';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { DiskError } from '../error.js';
import { imageId, type Image } from '../image/image.js';
import { alignUp, SECTOR } from '../image/units.js';
import { KnownContents } from '../packing/known-contents.js';
import { packBlocks } from '../packing/pack-blocks.js';
import { dataBlocks } from './blocks.js';

const compress = promisify<Buffer, ZlibOptions, Buffer>(deflate);

/** How to compress the disk. */
export interface VmdkOptions {
  /** zlib's level from 1 (fast) to 9 (small); 6 by default. */
  readonly level?: number;
  /** Keeps compressed grains for later builds. */
  readonly kept?: BlockStore;
}

/** Bytes of a grain: 128 sectors, the only size in use. */
const GRAIN = 64 * 1024;
/** Grains in one table. */
const TABLE = 512;
/** Sectors before the first grain; the descriptor takes 20 of them. */
const OVERHEAD = 128;
const DESCRIPTOR_SECTORS = 20;
const NOWHERE = 0xffffffffffffffffn;
/** Bytes of the largest disk: addresses are 32-bit sector numbers. */
const LARGEST = 2 ** 32 * SECTOR;
/** Bytes of the address and the length before a grain's bytes. */
const GRAIN_HEAD = 12;
const PADDING = Buffer.alloc(SECTOR);
const GRAIN_TABLE = 1;
const GRAIN_DIRECTORY = 2;
const FOOTER = 3;

/**
 * Yields the disk as a streamOptimized VMDK (VMware Virtual Disks, "Stream-Optimized Compressed Sparse Extents"): grains
 * deflated one by one, each table behind its grains, the directory at the end, and a footer that points to it. It keeps
 * one table in memory.
 *
 * @throws DiskError `image-too-large` above 2 TiB.
 */
export async function* vmdkStream(
  image: Image,
  { level = 6, kept }: VmdkOptions = {},
): AsyncIterable<Uint8Array> {
  const capacity = alignUp(image.size, GRAIN) / SECTOR;
  if (image.size > LARGEST) {
    throw new DiskError('image-too-large', `a VMDK holds at most ${LARGEST} bytes, got ${image.size}`);
  }
  const directory = Buffer.alloc(alignUp(Math.ceil((capacity * SECTOR) / (GRAIN * TABLE)) * 4, SECTOR));
  let sector = OVERHEAD;
  let table = Buffer.alloc(TABLE * 4);
  let tableIndex = -1;
  const count = (bytes: Buffer): Buffer => {
    sector += bytes.length / SECTOR;
    return bytes;
  };
  const finishTable = (): Buffer => {
    directory.writeUInt32LE(sector + 1, tableIndex * 4);
    return count(Buffer.concat([marker(table.length / SECTOR, GRAIN_TABLE), table]));
  };

  yield encodeHead(image, capacity);
  const known = new KnownContents(GRAIN, kept);
  const packer = {
    method: `zlib ${level}`,
    keepsPlain: false,
    pack: (plain: Buffer) => compress(plain, { level, chunkSize: GRAIN + 1024 }),
  };
  for await (const { index, packed } of packBlocks(dataBlocks(image, GRAIN, known), packer, kept)) {
    const slot = Math.floor(index / TABLE);
    if (slot !== tableIndex) {
      if (tableIndex >= 0) yield finishTable();
      table = Buffer.alloc(TABLE * 4);
      tableIndex = slot;
    }
    table.writeUInt32LE(sector, (index % TABLE) * 4);
    yield* encodeGrain((index * GRAIN) / SECTOR, packed!);
    sector += grainSectors(packed!);
  }
  if (tableIndex >= 0) yield finishTable();
  const directorySector = sector + 1;
  yield count(Buffer.concat([marker(directory.length / SECTOR, GRAIN_DIRECTORY), directory]));
  yield marker(1, FOOTER);
  yield encodeHeader(capacity, BigInt(directorySector));
  // A sector of zeros is the end-of-stream marker.
  yield Buffer.alloc(SECTOR);
}

function encodeHead(image: Image, capacity: number): Buffer {
  const head = Buffer.alloc(OVERHEAD * SECTOR);
  encodeHeader(capacity, NOWHERE).copy(head);
  head.write(descriptorText(image, capacity), SECTOR, 'latin1');
  return head;
}

/** VMware Virtual Disks, "Hosted Sparse Extent Header": version 3, compressed, with markers. */
function encodeHeader(capacity: number, directory: bigint): Buffer {
  const header = Buffer.alloc(SECTOR);
  header.write('KDMV', 0, 'latin1');
  header.writeUInt32LE(3, 4);
  header.writeUInt32LE(0x30001, 8);
  header.writeBigUInt64LE(BigInt(capacity), 12);
  header.writeBigUInt64LE(BigInt(GRAIN / SECTOR), 20);
  header.writeBigUInt64LE(1n, 28);
  header.writeBigUInt64LE(BigInt(DESCRIPTOR_SECTORS), 36);
  header.writeUInt32LE(TABLE, 44);
  header.writeBigUInt64LE(directory, 56);
  header.writeBigUInt64LE(BigInt(OVERHEAD), 64);
  // Readers detect by these bytes that a transfer has changed line ends.
  header.write('\n \r\n', 73, 'latin1');
  header.writeUInt16LE(1, 77);
  return header;
}

function descriptorText(image: Image, capacity: number): string {
  const cid = createHash('sha256')
    .update(`vmdk ${imageId(image)}`)
    .digest()
    .readUInt32LE(0);
  const cylinders = Math.min(65535, Math.ceil(capacity / (255 * 63)));
  return [
    '# Disk DescriptorFile',
    'version=1',
    // ffffffff means "no disk", and fffffffe is reserved.
    `CID=${Math.min(cid, 0xfffffffd).toString(16).padStart(8, '0')}`,
    'parentCID=ffffffff',
    'createType="streamOptimized"',
    '',
    '# Extent description',
    `RW ${capacity} SPARSE "disk.vmdk"`,
    '',
    '# The Disk Data Base',
    '#DDB',
    '',
    'ddb.virtualHWVersion = "6"',
    `ddb.geometry.cylinders = "${cylinders}"`,
    'ddb.geometry.heads = "255"',
    'ddb.geometry.sectors = "63"',
    'ddb.adapterType = "lsilogic"',
    '',
  ].join('\n');
}

/** A grain in whole sectors: its address, its length, its bytes, which are not copied. */
function encodeGrain(lba: number, deflated: Buffer): Buffer[] {
  const head = Buffer.alloc(GRAIN_HEAD);
  head.writeBigUInt64LE(BigInt(lba), 0);
  head.writeUInt32LE(deflated.length, 8);
  const rest = grainSectors(deflated) * SECTOR - GRAIN_HEAD - deflated.length;
  return rest === 0 ? [head, deflated] : [head, deflated, PADDING.subarray(0, rest)];
}

const grainSectors = (deflated: Buffer): number => alignUp(GRAIN_HEAD + deflated.length, SECTOR) / SECTOR;

/** A marker sector. Its length field is 0, by which readers distinguish it from a grain. */
function marker(sectors: number, type: number): Buffer {
  const bytes = Buffer.alloc(SECTOR);
  bytes.writeBigUInt64LE(BigInt(sectors), 0);
  bytes.writeUInt32LE(type, 12);
  return bytes;
}
