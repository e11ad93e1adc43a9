import { BLOCK } from '../directory.js';
import { clusterBlocks, type PackedContent } from './clusters.js';

/** Bytes of an entry: erofs_fs.h, struct z_erofs_vle_decompressed_index. */
const ENTRY = 8;
/** Bytes of struct z_erofs_map_header, and as many that nothing uses. */
const HEADER = 16;
/** The index of an inode begins at a multiple of it. */
export const INDEX_ALIGNMENT = 8;

/** Z_EROFS_ADVISE_BIG_PCLUSTER_1: a cluster may take several blocks. */
const SEVERAL_BLOCKS = 2;
/** Z_EROFS_VLE_DI_D0_CBLKCNT: the first entry behind a head says how many. */
const BLOCK_COUNT = 1 << 11;
/** Z_EROFS_VLE_CLUSTER_TYPE_*. */
const PLAIN = 0;
const HEAD = 1;
const NOT_HEAD = 2;

/** Bytes of the index of a file of `size` bytes. */
export const indexBytes = (size: number): number => HEADER + Math.ceil(size / BLOCK) * ENTRY;

/**
 * The index of a packed file: an entry for each of its blocks. A block in which a cluster begins has a head. So has a block in which
 * the last cluster ends midway: an empty one, whose offset says where that is. `first` is the block of the volume where the file
 * begins.
 */
export function encodeIndex({ clusters }: PackedContent, size: number, first: number): Buffer {
  const index = Buffer.alloc(indexBytes(size));
  index.writeUInt16LE(SEVERAL_BLOCKS, 4);
  let at = HEADER;
  const entry = (type: number, offset: number, low: number, high = 0): void => {
    index.writeUInt16LE(type, at);
    index.writeUInt16LE(offset, at + 2);
    index.writeUInt16LE(low, at + 4);
    index.writeUInt16LE(high, at + 6);
    at += ENTRY;
  };
  const head = (type: number, offset: number, block: number): void =>
    entry(type, offset, block % 0x10000, Math.floor(block / 0x10000));
  let block = first;
  for (const cluster of clusters) {
    const { size: bytes, packed } = cluster;
    if (packed === 0) {
      for (let i = 0; i * BLOCK < bytes; i += 1) head(PLAIN, 0, block + i);
    } else {
      const whole = Math.floor(bytes / BLOCK);
      head(HEAD, 0, block);
      for (let back = 1; back < whole; back += 1) {
        entry(NOT_HEAD, 0, back === 1 ? BLOCK_COUNT | packed : back, whole - back);
      }
      if (bytes % BLOCK > 0) head(PLAIN, bytes % BLOCK, 0);
    }
    block += clusterBlocks(cluster);
  }
  return index;
}
