import { BLOCK } from '../directory.js';

/**
 * Bytes that are compressed together, unless fewer are left. A read of one byte decompresses up to this many; with half of it my-os
 * is some per cent larger.
 */
export const CLUSTER = 1 << 16;
/** The last cluster of a file takes a rest of less than a block with it: compressed alone, that would gain nothing. */
export const LARGEST_CLUSTER = CLUSTER + BLOCK - 1;
/** Blocks of the largest compressed cluster. */
export const MOST_BLOCKS = CLUSTER / BLOCK;

/** Names how contents are packed: bumped when the same contents give other bytes. */
export const PACKING = 'lz4-1';

/** Whether packing can make a content smaller: one of a block stays a block, or lies beside its inode. */
export const isPackable = ({ size }: { readonly size: number }): boolean => size > BLOCK;

/** Bytes of a file that lie together: compressed into blocks, or as they are. */
export interface Cluster {
  /** Uncompressed bytes. */
  readonly size: number;
  /** Blocks of the compressed bytes; 0 for bytes that stayed as they are. */
  readonly packed: number;
}

/** A content in clusters, one behind the other. */
export interface PackedContent {
  /** First block, counted from where the packed contents begin. */
  readonly block: number;
  readonly clusters: readonly Cluster[];
}

/** Blocks that bytes take as they are. */
export const blocksOf = (bytes: number): number => Math.ceil(bytes / BLOCK);

/** Blocks that a cluster takes. */
export const clusterBlocks = ({ size, packed }: Cluster): number => packed || blocksOf(size);

/** Blocks of a content. */
export function packedBlocks({ clusters }: PackedContent): number {
  return clusters.reduce((sum, cluster) => sum + clusterBlocks(cluster), 0);
}

/** The sizes of a content's clusters. */
export function clusterSizes(size: number): number[] {
  const sizes: number[] = [];
  for (let left = size; left > 0; left -= sizes.at(-1)!) sizes.push(left <= LARGEST_CLUSTER ? left : CLUSTER);
  return sizes;
}

/**
 * Blocks for a cluster whose compressed bytes are so many; 0 where it gains nothing. A cluster of less than two blocks has no
 * second entry in the index, which would say how many blocks it takes: it takes one.
 */
export function packedBlocksFor(size: number, compressed: number): number {
  const blocks = blocksOf(compressed);
  return blocks < Math.floor(size / BLOCK) || (blocks === 1 && size > BLOCK) ? blocks : 0;
}
