import { gather, writeFully } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { imageId, type Image } from '../image/image.js';
import { alignUp, MIB, SECTOR } from '../image/units.js';
import { guidFrom } from '../partition/guid.js';
import { writeAtomically } from './file.js';
import { writeBlocks, writeImage } from './sparse.js';
import { fileIdentifier, header, metadataRegion, regionTable, type Region } from './vhdx-headers.js';

/** Bytes of the largest VHDX: 64 TiB ([MS-VHDX], section 1.3). */
const LARGEST = 64 * 2 ** 40;
/**
 * The most blocks of a disk. Their table, which lies in memory, then has 16 MiB. Blocks are of 1 MiB, which Microsoft
 * advises for Linux, and larger only where a disk would have more blocks than this.
 */
const MOST_BLOCKS = 2 ** 21;
/** A block's state in the table: its bytes are in the file ([MS-VHDX], 2.5.1.1). */
const FULLY_PRESENT = 6;

/** Bytes from the file's start; each region is a whole number of MiB at a whole MiB. */
const HEADERS = [64 * 1024, 128 * 1024] as const;
const REGION_TABLES = [192 * 1024, 256 * 1024] as const;
const LOG: Region = { offset: MIB, length: MIB };
const METADATA: Region = { offset: 2 * MIB, length: MIB };
const TABLE_OFFSET = 3 * MIB;

interface Layout {
  /** Bytes of the disk, a whole number of MiB. */
  readonly size: number;
  /** Bytes of a block. */
  readonly block: number;
  readonly blocks: number;
  /** Blocks between two entries of the table that are for bitmaps of sectors. */
  readonly chunk: number;
  /** Where the block allocation table lies. */
  readonly table: Region;
}

/**
 * Writes a fixed VHDX ([MS-VHDX]): every block lies in the file, in order, and those of zeros are holes of the file.
 *
 * @throws DiskError `image-too-large` above 64 TiB.
 */
export async function writeVhdxFixed(image: Image, path: string): Promise<void> {
  const layout = layoutOf(image);
  const start = layout.table.offset + layout.table.length;
  const table = new BlockTable(layout);
  for (let index = 0; index < layout.blocks; index++) table.set(index, start + index * layout.block);
  await writeAtomically(path, async (file) => {
    await file.truncate(start + layout.blocks * layout.block);
    await gather(file, (output) => writeImage(output, image, start));
    for (const [bytes, at] of structures(image, layout, table, true)) await writeFully(file, bytes, at);
  });
}

/**
 * Writes a dynamic VHDX ([MS-VHDX]), which holds the blocks that have data, in order.
 *
 * @throws DiskError `image-too-large` above 64 TiB.
 */
export async function writeVhdxDynamic(image: Image, path: string): Promise<void> {
  const layout = layoutOf(image);
  const table = new BlockTable(layout);
  await writeAtomically(path, async (file) => {
    let at = layout.table.offset + layout.table.length;
    const allocate = (index: number): number => {
      table.set(index, at);
      at += layout.block;
      return at - layout.block;
    };
    await gather(file, (output) => writeBlocks(output, image, { blockSize: layout.block, allocate }));
    await file.truncate(at);
    for (const [bytes, offset] of structures(image, layout, table, false))
      await writeFully(file, bytes, offset);
  });
}

function layoutOf(image: Image): Layout {
  const size = alignUp(Math.max(image.size, MIB), MIB);
  if (size > LARGEST) {
    throw new DiskError('image-too-large', `a VHDX holds at most ${LARGEST} bytes, got ${image.size}`);
  }
  let block = MIB;
  while (size / block > MOST_BLOCKS) block *= 2;
  const blocks = Math.ceil(size / block);
  const chunk = (2 ** 23 * SECTOR) / block;
  const entries = blocks + Math.floor((blocks - 1) / chunk);
  return {
    size,
    block,
    blocks,
    chunk,
    table: { offset: TABLE_OFFSET, length: alignUp(entries * 8, MIB) },
  };
}

/** The block allocation table ([MS-VHDX], 2.5). Entries of bitmaps stay 0: only a differencing disk has them. */
class BlockTable {
  readonly bytes: Buffer;

  constructor(private readonly layout: Layout) {
    this.bytes = Buffer.alloc(layout.table.length);
  }

  /** Notes that a block lies at a byte of the file, which is at a whole MiB. */
  set(index: number, offset: number): void {
    const entry = index + Math.floor(index / this.layout.chunk);
    this.bytes.writeBigUInt64LE(BigInt(offset) | BigInt(FULLY_PRESENT), entry * 8);
  }
}

/** All that the file has beside its blocks, each with its byte. The second header is the current one. */
function structures(
  image: Image,
  { size, block, table: region }: Layout,
  table: BlockTable,
  fixed: boolean,
): [bytes: Buffer, offset: number][] {
  const kind = fixed ? 'fixed' : 'dynamic';
  const id = (part: string) => guidFrom(`vhdx ${kind} ${part} ${imageId(image)}`);
  const regions = regionTable(region, METADATA);
  return [
    [fileIdentifier(), 0],
    ...HEADERS.map((offset, i): [Buffer, number] => [
      header({ sequence: i + 1, file: id('file'), data: id('data'), log: LOG }),
      offset,
    ]),
    ...REGION_TABLES.map((offset): [Buffer, number] => [regions, offset]),
    [metadataRegion({ size, block, fixed, disk: id('disk') }), METADATA.offset],
    [table.bytes, region.offset],
  ];
}
