import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw, type ZlibOptions } from 'node:zlib';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { gather, writeFully } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import type { Image } from '../image/image.js';
import { alignUp, MIB, SECTOR } from '../image/units.js';
import { KnownContents } from '../packing/known-contents.js';
import { packBlocks, type Packer } from '../packing/pack-blocks.js';
import { dataBlocks } from './blocks.js';
import { BatchWriter, writeAtomically } from './file.js';
import { writeBlocks } from './sparse.js';

const compress = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

/** How to write a qcow2 file. */
export interface Qcow2Options {
  /** Deflates each cluster that becomes smaller by it; false by default. */
  readonly compressed?: boolean;
  /** zlib's level from 1 (fast) to 9 (small); 6 by default. */
  readonly level?: number;
  /** Keeps deflated clusters for later builds. */
  readonly kept?: BlockStore;
}

/** Clusters of 64 KiB, qemu-img's default. */
const CLUSTER_BITS = 16;
const CLUSTER = 1 << CLUSTER_BITS;
/** Entries of a table: 64-bit numbers that fill one cluster. */
const TABLE = CLUSTER / 8;
/** Reference counters of 16 bits in one cluster. */
const COUNTERS = CLUSTER / 2;
/** Flag of an entry whose cluster has the reference count 1. */
const COPIED = 1n << 63n;
const COMPRESSED = 1n << 62n;
/** Bit of a compressed cluster's entry at which the number of further sectors begins. */
const SECTOR_SHIFT = BigInt(62 - (CLUSTER_BITS - 8));
/** Readers have a deflate window of 4 KiB: docs/interop/qcow2.txt, "Cluster mapping". */
const WINDOW_BITS = 12;
/** Bytes of the largest disk: QEMU opens an L1 table of at most 32 MiB. */
const LARGEST = (32 * MIB * TABLE * CLUSTER) / 8;

/**
 * Writes QEMU's qcow2, version 3 (docs/interop/qcow2.txt in QEMU): the clusters that hold data, then their tables, the
 * header last.
 *
 * @throws DiskError `image-too-large` above 2 PiB.
 */
export async function writeQcow2(image: Image, path: string, options: Qcow2Options = {}): Promise<void> {
  if (image.size > LARGEST) {
    throw new DiskError('image-too-large', `a qcow2 file holds at most ${LARGEST} bytes, got ${image.size}`);
  }
  await writeAtomically(path, async (file) => {
    const allocation = new Allocation();
    const tables = await writeClusters(file, image, allocation, options);
    const l1 = await writeTables(file, image.size, tables, allocation);
    const refcounts = await writeRefcounts(file, allocation);
    await writeFully(file, encodeHeader(image.size, l1, refcounts), 0);
    await file.truncate(allocation.end);
  });
}

/** Allocates clusters of the file and counts the references to each. The first cluster is the header's. */
class Allocation {
  #counts = new Uint16Array(COUNTERS);
  #clusters = 1;
  /** Bytes of the last cluster that compressed data fill; 0 if the cluster holds no compressed data. */
  #tail = 0;

  constructor() {
    this.#counts[0] = 1;
  }

  get end(): number {
    return this.#clusters * CLUSTER;
  }

  get clusters(): number {
    return this.#clusters;
  }

  /** Allocates whole clusters and returns their offset. */
  take(clusters = 1): number {
    const at = this.end;
    for (let i = 0; i < clusters; i++) this.#refer(this.#clusters + i);
    this.#clusters += clusters;
    this.#tail = 0;
    return at;
  }

  /** Allocates bytes for compressed data, right behind the last ones, and returns their offset; they share clusters. */
  pack(bytes: number): number {
    const at = this.#tail > 0 ? this.end - CLUSTER + this.#tail : this.end;
    const last = Math.floor((at + bytes - 1) / CLUSTER);
    for (let cluster = Math.floor(at / CLUSTER); cluster <= last; cluster++) this.#refer(cluster);
    this.#clusters = last + 1;
    this.#tail = (at + bytes) % CLUSTER;
    return at;
  }

  /** The reference counts of clusters from number `first` on. */
  counts(first: number, count: number): Uint16Array {
    return this.#counts.subarray(first, first + count);
  }

  #refer(cluster: number): void {
    if (cluster >= this.#counts.length) {
      const grown = new Uint16Array(this.#counts.length * 2);
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts[cluster]!++;
  }
}

/** Writes the data; returns the L2 tables by their index in the L1 table. */
async function writeClusters(
  file: FileHandle,
  image: Image,
  allocation: Allocation,
  { compressed = false, level = 6, kept }: Qcow2Options,
): Promise<Map<number, Buffer>> {
  const tables = new Map<number, Buffer>();
  const enter = (index: number, entry: bigint): void => {
    const slot = Math.floor(index / TABLE);
    const table = tables.get(slot) ?? Buffer.alloc(CLUSTER);
    tables.set(slot, table);
    table.writeBigUInt64BE(entry, (index % TABLE) * 8);
  };
  if (compressed) {
    const blocks = dataBlocks(image, CLUSTER, new KnownContents(CLUSTER, kept));
    await writeDeflated(file, packBlocks(blocks, packer(level), kept), allocation, enter);
    return tables;
  }
  const allocate = (index: number): number => {
    const at = allocation.take();
    enter(index, COPIED | BigInt(at));
    return at;
  };
  await gather(file, (output) => writeBlocks(output, image, { blockSize: CLUSTER, allocate }));
  return tables;
}

async function writeDeflated(
  file: FileHandle,
  clusters: AsyncIterable<{ readonly index: number; readonly packed?: Buffer }>,
  allocation: Allocation,
  enter: (index: number, entry: bigint) => void,
): Promise<void> {
  const output = new BatchWriter(file);
  for await (const { index, packed } of clusters) {
    const bytes = packed!;
    if (bytes.length < CLUSTER) {
      const at = allocation.pack(bytes.length);
      const further = Math.floor((at + bytes.length - 1) / SECTOR) - Math.floor(at / SECTOR);
      enter(index, COMPRESSED | (BigInt(further) << SECTOR_SHIFT) | BigInt(at));
      await output.write(bytes, at);
    } else {
      const at = allocation.take();
      enter(index, COPIED | BigInt(at));
      await output.write(bytes, at);
    }
  }
  await output.flush();
}

function packer(level: number): Packer {
  return {
    method: `deflate ${level} ${WINDOW_BITS}`,
    keepsPlain: true,
    // A cluster needs one call of zlib: even incompressible bytes fit into a chunk of this size.
    pack: (plain) => compress(plain, { level, windowBits: WINDOW_BITS, chunkSize: CLUSTER + 1024 }),
  };
}

interface Table {
  readonly offset: number;
  readonly length: number;
}

async function writeTables(
  file: FileHandle,
  size: number,
  tables: ReadonlyMap<number, Buffer>,
  allocation: Allocation,
): Promise<Table> {
  const length = Math.max(1, Math.ceil(size / (TABLE * CLUSTER)));
  const l1 = Buffer.alloc(alignUp(length * 8, CLUSTER));
  for (const [slot, table] of tables) {
    const at = allocation.take();
    await writeFully(file, table, at);
    l1.writeBigUInt64BE(COPIED | BigInt(at), slot * 8);
  }
  const offset = allocation.take(l1.length / CLUSTER);
  await writeFully(file, l1, offset);
  return { offset, length };
}

/** Writes the reference counts. They count their own clusters as well, so all clusters are allocated first. */
async function writeRefcounts(file: FileHandle, allocation: Allocation): Promise<Table> {
  let blocks = 0;
  let tables = 0;
  for (let clusters = 0; clusters !== allocation.clusters + blocks + tables;) {
    clusters = allocation.clusters + blocks + tables;
    blocks = Math.ceil(clusters / COUNTERS);
    tables = Math.ceil(blocks / TABLE);
  }
  const firstBlock = allocation.take(blocks);
  const offset = allocation.take(tables);
  const table = Buffer.alloc(tables * CLUSTER);
  for (let i = 0; i < blocks; i++) {
    const at = firstBlock + i * CLUSTER;
    const block = Buffer.alloc(CLUSTER);
    allocation.counts(i * COUNTERS, COUNTERS).forEach((count, k) => block.writeUInt16BE(count, k * 2));
    await writeFully(file, block, at);
    table.writeBigUInt64BE(BigInt(at), i * 8);
  }
  await writeFully(file, table, offset);
  return { offset, length: tables };
}

/** The header: version 3, no features, 104 bytes. The zeros behind it end the list of header extensions. */
function encodeHeader(size: number, l1: Table, refcounts: Table): Buffer {
  const header = Buffer.alloc(CLUSTER);
  header.write('QFI\xfb', 0, 'latin1');
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(CLUSTER_BITS, 20);
  header.writeBigUInt64BE(BigInt(size), 24);
  header.writeUInt32BE(l1.length, 36);
  header.writeBigUInt64BE(BigInt(l1.offset), 40);
  header.writeBigUInt64BE(BigInt(refcounts.offset), 48);
  header.writeUInt32BE(refcounts.length, 56);
  header.writeUInt32BE(4, 96);
  header.writeUInt32BE(104, 100);
  return header;
}
