import type { ByteSource } from '../content.js';
import type { Origin } from '../inode.js';
import type { ImageTree } from './image-tree.js';
import type { LayerIndex } from './layer-index.js';

export interface OpenOptions {
  /** The uncompressed bytes of a layer; asked once for each layer. Without it contents cannot be read. */
  readonly open?: (diffID: string) => ByteSource;
  /** Put on every inode. */
  readonly origin?: Origin;
}

/** Flattens layers, lowest first, by the rules of the OCI image spec. */
export function applyLayers(_indexes: readonly LayerIndex[], _options: OpenOptions = {}): ImageTree {
  throw new Error('not built');
}
