import type { Descriptor } from '@nx-linuxkit/oci';

/** A layer of an image. */
export interface Layer {
  /** The layer as the image holds it, usually compressed. */
  readonly blob: Descriptor;
  /** The digest that the config gives for the uncompressed bytes. */
  readonly diffID: string;
}

/** Counts what was really done to layers: unlike a time, a count is the same on every machine. */
export interface LayerWork {
  blobsFetched: number;
  bytesFetched: number;
  /**
   * Uncompressed bytes that were decoded: all of a layer when it is brought, and for each part those bytes of its layer
   * that could not be copied undecoded.
   */
  bytesInflated: number;
}
