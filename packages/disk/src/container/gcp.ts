import { compress } from '@nx-linuxkit/deflate';
import { DEFAULT_MTIME } from '../image/bytes.js';
import { readImage, type Image } from '../image/image.js';
import { alignUp, zeros } from '../image/zeros.js';

export interface GcpOptions {
  /** zlib's level, 1 to 9; 6 unless said. */
  readonly level?: number;
}

const SECTOR = 512;
/** Google takes disks of whole GiB only. */
const GIB = 2 ** 30;
/** Holes smaller than this are written: an entry of the map costs more. */
const GAP = 64 * 1024;
/** Entries of the map in the header, and in each block that continues it. */
const IN_HEADER = 4;
const IN_BLOCK = 21;
/** Tar pads to records of 20 blocks. */
const RECORD = 20 * SECTOR;

interface Run {
  readonly start: number;
  readonly end: number;
}

/** `disk.raw` in a gzipped tar, sparse in GNU's old way (type S), as Google's import wants it. */
export function gcpTarGz(image: Image, { level }: GcpOptions = {}): AsyncIterable<Uint8Array> {
  return compress(sparseTar(image), { level });
}

async function* sparseTar(image: Image): AsyncIterable<Uint8Array> {
  const size = alignUp(Math.max(image.size, 1), GIB);
  const runs = sparseMap(image);
  const stored = runs.reduce((sum, { start, end }) => sum + end - start, 0);
  const map = encodeMap(runs, size);
  yield encodeHeader(map.slice(0, IN_HEADER), map.length > IN_HEADER, stored, size);
  yield* continuations(map.slice(IN_HEADER));
  for (const { start, end } of runs) {
    yield* readImage(image, start, Math.min(end, image.size));
    yield* zeros(end - Math.max(start, image.size));
  }
  const written = SECTOR * (1 + Math.ceil(Math.max(0, map.length - IN_HEADER) / IN_BLOCK)) + stored;
  yield* zeros(alignUp(written + 2 * SECTOR, RECORD) - written);
}

/** Runs of data in whole sectors, with small gaps closed. */
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

/** A run as two numbers; an empty one at the end says how long the file is. */
function encodeMap(runs: readonly Run[], size: number): Buffer[] {
  return [...runs.map(({ start, end }) => [start, end - start]), [size, 0]].map(([offset, length]) =>
    Buffer.concat([number(offset!, 12), number(length!, 12)]),
  );
}

/** GNU tar manual, "Basic Tar Format", struct oldgnu_header. */
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

/** Octal digits; where they do not fit, GNU's base 256 with the top bit set. */
function number(value: number, width: number): Buffer {
  const octal = value.toString(8);
  if (octal.length < width) return Buffer.from(`${octal.padStart(width - 1, '0')}\0`, 'latin1');
  const bytes = Buffer.alloc(width);
  bytes.writeBigUInt64BE(BigInt(value), width - 8);
  bytes[0] = 0x80;
  return bytes;
}
