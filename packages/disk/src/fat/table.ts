import type { FatBits } from './geometry.js';

/** The clusters of one file or directory. They are consecutive, because nothing is ever deleted here. */
export interface Chain {
  readonly first: number;
  readonly count: number;
}

/** The used part of a file allocation table. The chains must be sorted and without gaps, from cluster 2 on. */
export function encodeTable(bits: FatBits, chains: readonly Chain[]): Buffer {
  const last = chains.at(-1);
  const used = last ? last.first + last.count : 2;
  const table = Buffer.alloc(Math.ceil((used * bits) / 8) + 1);
  const end = bits === 32 ? 0x0fffffff : 2 ** bits - 1;
  const put = { 12: put12, 16: put16, 32: put32 }[bits];
  // Entry 0 holds the media byte, entry 1 the flag "cleanly unmounted".
  put(table, 0, bits === 32 ? 0x0ffffff8 : end - 7);
  put(table, 1, end);
  for (const { first, count } of chains) {
    for (let cluster = first; cluster < first + count - 1; cluster++) put(table, cluster, cluster + 1);
    put(table, first + count - 1, end);
  }
  return table.subarray(0, Math.ceil((used * bits) / 8));
}

function put12(table: Buffer, cluster: number, value: number): void {
  const at = cluster + (cluster >> 1);
  const word = table.readUInt16LE(at);
  table.writeUInt16LE(cluster & 1 ? (word & 0x000f) | (value << 4) : (word & 0xf000) | value, at);
}

function put16(table: Buffer, cluster: number, value: number): void {
  table.writeUInt16LE(value, cluster * 2);
}

function put32(table: Buffer, cluster: number, value: number): void {
  table.writeUInt32LE(value, cluster * 4);
}
