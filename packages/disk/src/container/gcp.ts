import { compress, type BlockStore } from '@nx-linuxkit/deflate';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { lendImage, type Image } from '../image/image.js';
import { alignUp, SECTOR } from '../image/units.js';
import { zeros } from '../image/zeros.js';

/** How to compress the disk. */
export interface GcpOptions {
  /** zlib's level from 1 (fast) to 9 (small); 6 by default. */
  readonly level?: number;
  /** Keeps compressed blocks for later builds. */
  readonly kept?: BlockStore;
}

/** Google accepts disks of whole GiB only. */
const GIB = 2 ** 30;
/** Bytes of the smallest hole: a smaller one is written as zeros, because an entry of the map costs more. */
const GAP = 64 * 1024;
/** Entries of the map in the header, and in each block that continues it. */
const IN_HEADER = 4;
const IN_BLOCK = 21;
/** GNU tar pads an archive to records of 20 blocks. */
const RECORD = 20 * SECTOR;

interface Run {
  readonly start: number;
  readonly end: number;
}

/**
 * Yields the disk as Google Compute Engine imports it: `disk.raw` of whole GiB in a gzipped tar, sparse in GNU's old
 * format (type S). See "Import a bootable virtual disk" of Google Cloud.
 */
export function gcpTarGz(image: Image, { level, kept }: GcpOptions = {}): AsyncIterable<Uint8Array> {
  return compress(sparseTar(image), { level, kept });
}

async function* sparseTar(image: Image): AsyncIterable<Uint8Array> {
  const size = alignUp(Math.max(image.size, 1), GIB);
  const runs = sparseMap(image);
  const stored = runs.reduce((sum, { start, end }) => sum + end - start, 0);
  const map = encodeMap(runs, size);
  yield encodeHeader(map.slice(0, IN_HEADER), map.length > IN_HEADER, stored, size);
  yield* continuations(map.slice(IN_HEADER));
  for (const { start, end } of runs) {
    // `compress` copies each chunk into blocks of its own.
    yield* lendImage(image, start, Math.min(end, image.size));
    yield* zeros(end - Math.max(start, image.size));
  }
  const written = SECTOR * (1 + Math.ceil(Math.max(0, map.length - IN_HEADER) / IN_BLOCK)) + stored;
  yield* zeros(alignUp(written + 2 * SECTOR, RECORD) - written);
}

/** The runs of data in whole sectors; gaps smaller than GAP count as data. */
function sparseMap({ extents }: Image): Run[] {
  const runs: { start: number; end: number }[] = [];
  for (const { offset, content } of extents) {
    const start = Math.floor(offset / SECTOR) * SECTOR;
    const end = alignUp(offset + content.size, SECTOR);
    const last = runs.at(-1);
    if (last && start - last.end < GAP) last.end = Math.max(last.end, end);
    else runs.push({ start, end });
  }
  return runs;
}

/** Encodes each run as offset and length; an empty run at the end gives the length of the file. */
function encodeMap(runs: readonly Run[], size: number): Buffer[] {
  return [...runs.map(({ start, end }) => [start, end - start]), [size, 0]].map(([offset, length]) =>
    Buffer.concat([number(offset!, 12), number(length!, 12)]),
  );
}

/** The header of a sparse file: GNU tar manual, "Basic Tar Format", struct oldgnu_header. */
function encodeHeader(map: readonly Buffer[], more: boolean, stored: number, size: number): Buffer {
  const header = Buffer.alloc(SECTOR);
  header.write('disk.raw', 0, 'latin1');
  number(0o644, 8).copy(header, 100);
  number(0, 8).copy(header, 108);
  number(0, 8).copy(header, 116);
  number(stored, 12).copy(header, 124);
  number(DEFAULT_MTIME, 12).copy(header, 136);
  header.fill(' ', 148, 156);
  header.write('S', 156, 'latin1');
  header.write('ustar  \0root', 257, 'latin1');
  header.write('root', 297, 'latin1');
  map.forEach((entry, i) => entry.copy(header, 386 + i * 24));
  header.writeUInt8(more ? 1 : 0, 482);
  number(size, 12).copy(header, 483);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

function* continuations(map: readonly Buffer[]): Iterable<Buffer> {
  for (let at = 0; at < map.length; at += IN_BLOCK) {
    const block = Buffer.alloc(SECTOR);
    map.slice(at, at + IN_BLOCK).forEach((entry, i) => entry.copy(block, i * 24));
    block.writeUInt8(at + IN_BLOCK < map.length ? 1 : 0, IN_BLOCK * 24);
    yield block;
  }
}

/** A number in octal digits, or in GNU's base-256 with the top bit set if they do not fit. */
function number(value: number, width: number): Buffer {
  const octal = value.toString(8);
  if (octal.length < width) return Buffer.from(`${octal.padStart(width - 1, '0')}\0`, 'latin1');
  const bytes = Buffer.alloc(width);
  bytes.writeBigUInt64BE(BigInt(value), width - 8);
  bytes[0] = 0x80;
  return bytes;
}
