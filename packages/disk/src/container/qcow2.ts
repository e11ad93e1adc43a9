import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';
import { deflateRaw, type ZlibOptions } from 'node:zlib';
import { gather, writeFully } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import type { Image } from '../image/image.js';
import { alignUp } from '../image/zeros.js';
import { dataBlocks, type Block } from './blocks.js';
import { BatchWriter, writeAtomically } from './file.js';
import { mapOrdered } from './ordered.js';
import { writeBlocks } from './sparse.js';

const compress = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);

export interface Qcow2Options {
  /** Clusters are deflated where that makes them smaller. */
  readonly compressed?: boolean;
  /** zlib's level, 1 to 9; 6 unless said. */
  readonly level?: number;
}

/** 64 KiB, as qemu-img has it. */
const CLUSTER_BITS = 16;
const CLUSTER = 1 << CLUSTER_BITS;
/** Entries of a table that is one cluster of 64-bit numbers. */
const TABLE = CLUSTER / 8;
/** Counters of 16 bits in one cluster. */
const COUNTERS = CLUSTER / 2;
/** "This cluster has refcount 1". */
const COPIED = 1n << 63n;
const COMPRESSED = 1n << 62n;
/** In a compressed cluster's entry: where the count of further sectors begins. */
const SECTOR_SHIFT = BigInt(62 - (CLUSTER_BITS - 8));
/** The format says that readers have a window of 4 KiB. */
const WINDOW_BITS = 12;
/** An L1 table of 32 MiB is the most that QEMU opens. */
const LARGEST = (32 * 2 ** 20 * TABLE * CLUSTER) / 8;

/** QEMU's format, version 3. The file has the clusters that are not zero, then their tables; the header last. */
export function writeQcow2(image: Image, path: string, options: Qcow2Options = {}): Promise<void> {
  if (image.size > LARGEST) {
    throw new DiskError('image-too-large', `qcow2 holds ${LARGEST} bytes, got ${image.size}`);
  }
  return writeAtomically(path, async (file) => {
    const allocation = new Allocation();
    const tables = await writeClusters(file, image, allocation, options);
    const l1 = await writeTables(file, image.size, tables, allocation);
    const refcounts = await writeRefcounts(file, allocation);
    await writeFully(file, encodeHeader(image.size, l1, refcounts), 0);
    await file.truncate(allocation.end);
  });
}

/** Host clusters and how often each is referred to. The first is the header's. */
class Allocation {
  #counts = new Uint16Array(COUNTERS);
  #clusters = 1;
  /** Bytes of the last cluster that compressed data already fills; 0 if it takes none. */
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

  /** Offset of new clusters of their own. */
  take(clusters = 1): number {
    const at = this.end;
    for (let i = 0; i < clusters; i++) this.#refer(this.#clusters + i);
    this.#clusters += clusters;
    this.#tail = 0;
    return at;
  }

  /** Offset of compressed bytes: right behind the last ones, so they may share clusters. */
  pack(bytes: number): number {
    const at = this.#tail > 0 ? this.end - CLUSTER + this.#tail : this.end;
    const last = Math.floor((at + bytes - 1) / CLUSTER);
    for (let cluster = Math.floor(at / CLUSTER); cluster <= last; cluster++) this.#refer(cluster);
    this.#clusters = last + 1;
    this.#tail = (at + bytes) % CLUSTER;
    return at;
  }

  /** Counters of clusters from `first` on. */
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

/** Writes the data; gives the L2 tables that it needs, by their place in L1. */
async function writeClusters(
  file: FileHandle,
  image: Image,
  allocation: Allocation,
  { compressed = false, level = 6 }: Qcow2Options,
): Promise<Map<number, Buffer>> {
  const tables = new Map<number, Buffer>();
  const enter = (index: number, entry: bigint): void => {
    const slot = Math.floor(index / TABLE);
    const table = tables.get(slot) ?? Buffer.alloc(CLUSTER);
    tables.set(slot, table);
    table.writeBigUInt64BE(entry, (index % TABLE) * 8);
  };
  if (compressed) {
    await writeDeflated(file, image, level, allocation, enter);
    return tables;
  }
  const place = (index: number): number => {
    const at = allocation.take();
    enter(index, COPIED | BigInt(at));
    return at;
  };
  await gather(file, (output) => writeBlocks(output, image, { blockSize: CLUSTER, place }));
  return tables;
}

async function writeDeflated(
  file: FileHandle,
  image: Image,
  level: number,
  allocation: Allocation,
  enter: (index: number, entry: bigint) => void,
): Promise<void> {
  const output = new BatchWriter(file);
  const packed = mapOrdered(dataBlocks(image, CLUSTER), async (block) => ({
    ...block,
    deflated: await deflateCluster(block, level),
  }));
  for await (const { index, bytes, deflated } of packed) {
    if (deflated.length < CLUSTER) {
      const at = allocation.pack(deflated.length);
      const further = Math.floor((at + deflated.length - 1) / 512) - Math.floor(at / 512);
      enter(index, COMPRESSED | (BigInt(further) << SECTOR_SHIFT) | BigInt(at));
      await output.write(deflated, at);
    } else {
      const at = allocation.take();
      enter(index, COPIED | BigInt(at));
      await output.write(bytes, at);
    }
  }
  await output.flush();
}

const deflateCluster = ({ bytes }: Block, level: number): Promise<Buffer> =>
  // One trip to the pool: even incompressible bytes fit.
  compress(bytes, { level, windowBits: WINDOW_BITS, chunkSize: CLUSTER + 1024 });

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

/** Counters count their own clusters too: take them first, then write. */
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

/** Version 3, no features, 104 bytes; the zeros behind it end the header's extensions. */
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
