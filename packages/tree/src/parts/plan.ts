import type { Op } from '@nx-linuxkit/deflate';
import type { CpioMember } from '../cpio/member.js';
import type { ImageTree } from '../layer/image-tree.js';
import type { Tree } from '../tree.js';

export interface PartOptions {
  /** Where the image's root goes; '' (the default) is the root. */
  readonly prefix?: string;
  /**
   * The tree that the parts are to become a share of, prefix included. An entry of the image survives where
   * this tree has its very inode, symlinked parents followed. Without it all entries survive.
   */
  readonly into?: Tree;
}

/** One layer's share of a segment: a complete cpio archive, as edits of the uncompressed layer. */
export interface PartPlan {
  readonly diffID: string;
  readonly members: readonly CpioMember[];
  /** Headers, padding and trailer to insert, byte ranges of the uncompressed layer to keep. */
  readonly ops: readonly Op[];
}

/**
 * Plans the parts of an image in layer order; layers of which nothing survives have none. A plan depends on its
 * own layer and on what must be hidden or linked, so it stays the same, byte for byte, when only a layer above
 * changes.
 */
export function planParts(_image: ImageTree, _options: PartOptions = {}): PartPlan[] {
  throw new Error('not built');
}
