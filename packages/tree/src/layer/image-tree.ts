import type { ByteSource } from '../content.js';
import { TreeError } from '../error.js';
import type { Inode, Origin } from '../inode.js';
import type { Tree } from '../tree.js';

/** A layer's digest and size. */
export interface LayerSize {
  /** Digest of the uncompressed tar: OCI image-spec, config.md, "rootfs". */
  readonly diffID: string;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
}

/** A directory's metadata as one layer defines them. */
export interface DirDefinition {
  /** Index into `layers`. */
  readonly layer: number;
  readonly inode: Inode;
}

/** The flattened layers of an image, with the layer that each entry comes from. */
export interface ImageTree {
  /** Lowest first. */
  readonly layers: readonly LayerSize[];
  readonly tree: Tree;
  /**
   * Maps each inode other than a directory to the layer that defines it, as an index into `layers`. Hard links share
   * their inode, and so the layer that holds the bytes. Keys are compared by identity.
   */
  readonly layerOf: ReadonlyMap<Inode, number>;
  /** Maps the inode of a directory to all its definitions, lowest layer first; the last one is that inode itself. */
  readonly definitions: ReadonlyMap<Inode, readonly DirDefinition[]>;
}

/** How to read an image's contents, and where they come from. */
export interface OpenOptions {
  /** Opens the uncompressed bytes of a layer; called once per layer. Without it, contents cannot be read. */
  readonly open?: (diffID: string) => ByteSource;
  /** The origin of every inode. */
  readonly origin?: Origin;
}

/** The bytes of a layer; without `open`, a source whose reads fail with `short-read`. */
export function openLayer({ diffID, size }: LayerSize, { open }: OpenOptions): ByteSource {
  return open?.(diffID) ?? { id: diffID, size, read: () => unopened(diffID) };
}

// eslint-disable-next-line require-yield -- a read must fail, and `read` returns a generator
async function* unopened(diffID: string): AsyncGenerator<Uint8Array> {
  throw new TreeError('short-read', `the bytes of layer ${diffID} were not opened`);
}
