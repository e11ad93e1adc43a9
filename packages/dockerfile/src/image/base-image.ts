import type { Descriptor } from '@nx-linuxkit/oci';
import type { ContainerConfig } from '../evaluate/container-config.js';
import { applyLayers, type ByteSource, type LayerIndex, type Tree } from '@nx-linuxkit/tree';

/** An image that a Dockerfile builds on. */
export interface BaseImage {
  /** The whole document of its config. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Its layers, lowest first, with the digests of their uncompressed bytes. */
  readonly layers: readonly { readonly blob: Descriptor; readonly diffID: string }[];
  /** The bytes of a layer as the image has them. */
  blob(descriptor: Descriptor): Promise<AsyncIterable<Uint8Array>>;
  /** What is in its layers, lowest first. */
  files(): Promise<LayerFiles>;
}

/** The entries of layers, and their uncompressed bytes. */
export interface LayerFiles {
  readonly indexes: readonly LayerIndex[];
  /** Undefined for a layer that is not among them. */
  open(diffID: string): ByteSource | undefined;
}

/** What containers of an image are configured by. */
export function containerConfig({ config }: BaseImage): ContainerConfig | undefined {
  return config.config as ContainerConfig | undefined;
}

/** The files of an image, as a tree that the caller may change. */
export async function imageTree(image: BaseImage): Promise<Tree> {
  const { indexes, open } = await image.files();
  return applyLayers(indexes, { open: (diffID) => open(diffID) as ByteSource }).tree;
}
