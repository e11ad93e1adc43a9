import { TreeError } from '../error.js';
import { nameFromBytes } from '../name.js';
import { readNumber } from './number.js';

/** Bytes of a tar block: headers are one block, bodies are padded to whole blocks. */
export const BLOCK = 512;

/** The size rounded up to whole blocks. */
export function padToBlock(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

/** The fields of a ustar header block; PAX and GNU records are not applied yet. */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly flag: string;
  readonly linkname: string;
  readonly major: number;
  readonly minor: number;
}

const SPACE = 0x20;

/** Reads the header block at `at`; undefined for a block of zeros, two of which end an archive. */
export function readHeader(block: Buffer, at: number): TarHeader | undefined {
  if (!checksumHolds(block, at)) return undefined;
  const flag = String.fromCharCode(block[at + 156]!);
  const device = flag === '3' || flag === '4';
  return {
    name: readName(block, at),
    mode: readNumber(block, at + 100, 8) & 0o7777,
    uid: readNumber(block, at + 108, 8),
    gid: readNumber(block, at + 116, 8),
    size: readNumber(block, at + 124, 12),
    mtime: readNumber(block, at + 136, 12),
    flag,
    linkname: flag === '1' || flag === '2' ? readString(block, at + 157, 100) : '',
    major: device ? readNumber(block, at + 329, 8) : 0,
    minor: device ? readNumber(block, at + 337, 8) : 0,
  };
}

/**
 * Returns false for a block of zeros and throws if the checksum is wrong. Old writers summed signed bytes, so both
 * sums are accepted.
 */
function checksumHolds(block: Buffer, at: number): boolean {
  let sum = 0;
  for (let k = at; k < at + BLOCK; k += 1) sum += block[k]!;
  if (sum === 0) return false;
  for (let k = at + 148; k < at + 156; k += 1) sum += SPACE - block[k]!;
  const expected = readNumber(block, at + 148, 8);
  if (sum !== expected && signedSum(block, at) !== expected) {
    throw new TreeError('malformed', `a tar header has checksum ${expected}, its bytes sum to ${sum}`);
  }
  return true;
}

function signedSum(block: Buffer, at: number): number {
  let sum = 8 * SPACE;
  for (let k = 0; k < BLOCK; k += 1) if (k < 148 || k >= 156) sum += block.readInt8(at + k);
  return sum;
}

/** The name with ustar's prefix in front. Only ustar has one: GNU's format has other fields at that place. */
function readName(block: Buffer, at: number): string {
  const name = readString(block, at, 100);
  const posix = block[at + 345] !== 0 && block.toString('latin1', at + 257, at + 263) === 'ustar\0';
  return posix ? `${readString(block, at + 345, 155)}/${name}` : name;
}

function readString(block: Buffer, start: number, length: number): string {
  let end = start;
  while (end < start + length && block[end] !== 0) end += 1;
  return nameFromBytes(block.subarray(start, end));
}
