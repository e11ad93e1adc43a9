import { Lz4Encoder } from '../../lz4/encoder.js';
import { BLOCK } from '../directory.js';
import { LARGEST_CLUSTER, packedBlocksFor } from './clusters.js';

/** A job for a thread: clusters, one behind the other. */
export interface ClustersToPack {
  readonly bytes: Uint8Array;
  /** Bytes of each. */
  readonly sizes: readonly number[];
}

let encoder: Lz4Encoder | undefined;

/**
 * Compresses clusters into whole blocks. Compressed bytes lie at the end of their blocks, behind zeros (the feature 0padding
 * of erofs): no block of LZ4 begins with a zero. Gives undefined for a cluster that stays as it is.
 */
export default function packClusters({ bytes, sizes }: ClustersToPack): (Uint8Array | undefined)[] {
  encoder ??= new Lz4Encoder(LARGEST_CLUSTER);
  const found: (Uint8Array | undefined)[] = [];
  let at = 0;
  for (const size of sizes) {
    const compressed = encoder.encode(bytes.subarray(at, at + size));
    at += size;
    const blocks = packedBlocksFor(size, compressed.length);
    const packed = blocks > 0 ? new Uint8Array(blocks * BLOCK) : undefined;
    packed?.set(compressed, packed.length - compressed.length);
    found.push(packed);
  }
  return found;
}
