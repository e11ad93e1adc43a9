import type { Digest } from '@nx-linuxkit/oci';

/** A blob that a place has or gets. */
export interface Blob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** A part of a blob: bytes from `start` up to, and not with, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Receives bytes of a range; `offset` counts from the beginning of the blob. Bytes may come twice after a retry. */
export type Sink = (bytes: Uint8Array, offset: number) => Promise<void>;

/** Bytes of blobs and manifests that were sent and received. */
export interface Traffic {
  up: number;
  down: number;
}

/**
 * Where entries are kept: manifests under tags, and blobs under digests, as in a registry. Deadlines are on the clock of
 * `performance.now`. Errors are `OciError` and `CacheError`.
 */
export interface Place {
  /** `oci://registry.example/acme/nx-cache`, `file:///var/cache/nx`. */
  readonly name: string;
  readonly traffic: Traffic;
  /** Tells whether the place is there; true where it is made by the first thing that is stored. */
  isThere(): Promise<boolean>;
  /** Returns the manifest of a tag; undefined if there is none. */
  manifest(tag: string, deadline: number): Promise<Buffer | undefined>;
  /** Stores a manifest under a tag. Throws `missing-blob` unless all its blobs are there. */
  putManifest(tag: string, manifest: Buffer): Promise<void>;
  hasBlob(blob: Blob): Promise<boolean>;
  /** Stores a blob, unless it is there. `bytes` is called again for each attempt. */
  putBlob(blob: Blob, bytes: () => AsyncIterable<Uint8Array>): Promise<void>;
  /** Makes a blob of another place this place's too, without sending it; false if that cannot be done. */
  mountBlob(blob: Blob, from: Place): Promise<boolean>;
  /** Reads a part of a blob. What comes is not verified. */
  read(blob: Blob, range: Range, sink: Sink, deadline: number): Promise<void>;
  /** Yields all tags. */
  tags(): AsyncIterable<string>;
  /** Removes a tag with its manifest. Throws `cannot-delete` where the place does not allow that. */
  remove(tag: string, manifest: Buffer): Promise<void>;
  /**
   * Removes blobs that no manifest needs, other than those that are younger than `age` in milliseconds; returns the
   * bytes. Undefined where that is the place's own task.
   */
  sweep(needed: ReadonlySet<Digest>, age: number): Promise<number | undefined>;
  close(): void;
}
