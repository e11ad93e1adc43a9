import type { Descriptor } from '@nx-linuxkit/oci';
import type { Tree } from '@nx-linuxkit/tree';

/** An image that a Dockerfile builds on. */
export interface BaseImage {
  /** The whole document of its config. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Its layers, lowest first, with the digests of their uncompressed bytes. */
  readonly layers: readonly { readonly blob: Descriptor; readonly diffID: string }[];
  /** Its files; the caller may change the tree. */
  tree(): Promise<Tree>;
}
