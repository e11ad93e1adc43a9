import type { BlockIndex } from '@nx-linuxkit/deflate';
import type { Digest } from '@nx-linuxkit/oci';

/** Bytes for windows of 32 KiB: enough for a thousand large files, more than the images of one batch have. */
const MOST = 32 << 20;

/**
 * Indexes of the deflate blocks of layers that this process has read, for the rewrites that follow in it. Kept in
 * memory only: a rewrite without an index makes the same bytes, and takes the time of inflating the layer once more.
 */
export class KnownBlocks {
  private readonly indexes = new Map<Digest, BlockIndex>();
  private room = MOST;

  add(blob: Digest, blocks: BlockIndex | undefined): void {
    if (!blocks || this.indexes.has(blob) || blocks.windows.byteLength > this.room) return;
    this.room -= blocks.windows.byteLength;
    this.indexes.set(blob, blocks);
  }

  of(blob: Digest): BlockIndex | undefined {
    return this.indexes.get(blob);
  }
}
