import type { ByteSource } from '../content.js';
import { TreeError } from '../error.js';
import type { Inode, Origin } from '../inode.js';
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

export interface OpenOptions {
  /** The uncompressed bytes of a layer; asked once for each layer. Without it contents cannot be read. */
  readonly open?: (diffID: string) => ByteSource;
  /** Put on every inode. */
  readonly origin?: Origin;
}

export function openLayer({ diffID, size }: LayerSize, { open }: OpenOptions): ByteSource {
  return open?.(diffID) ?? { id: diffID, size, read: () => unopened(diffID) };
}

// eslint-disable-next-line require-yield -- it only fails, and only when it is read
async function* unopened(diffID: string): AsyncGenerator<Uint8Array> {
  throw new TreeError('short-read', `the bytes of layer ${diffID} were not opened`);
}
