import type { Inode } from '../inode.js';
import type { Tree } from '../tree.js';

export interface LayerSize {
  readonly diffID: string;
  /** Uncompressed bytes. */
  readonly size: number;
}

/** A directory's metadata as one layer defined it. */
export interface DirDefinition {
  /** Index into `layers`. */
  readonly layer: number;
  readonly inode: Inode;
}

/** An image's layers, flattened, that still knows which layer each entry is from. */
export interface ImageTree {
  /** Lowest first. */
  readonly layers: readonly LayerSize[];
  readonly tree: Tree;
  /** The layer that holds a file's bytes, or made a symlink, device or fifo. Keyed by identity. */
  readonly layerOf: ReadonlyMap<Inode, number>;
  /** Of a directory's current inode: its definitions, lowest layer first, the last being that inode itself. */
  readonly definitions: ReadonlyMap<Inode, readonly DirDefinition[]>;
}
