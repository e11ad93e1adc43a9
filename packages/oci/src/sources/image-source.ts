import type { Descriptor } from '../descriptor.js';
import type { Digest } from '../digest.js';
import type { Platform } from '../platform.js';
import type { VerifiedBytes } from '../verify.js';

/** An image for one platform, as a source found it. */
export interface Resolved {
  /** The digest of the manifest. */
  readonly digest: Digest;
  /** The digest of the index that the manifest was chosen from, if there was one. */
  readonly index?: Digest;
  /** The bytes of that index. */
  readonly indexBytes?: Buffer;
  /** The size of the manifest in bytes. */
  readonly size: number;
  /** The media type of the manifest. */
  readonly mediaType: string;
  /** The manifest's bytes as received, whose hash is `digest`. */
  readonly manifest: Buffer;
  /** The config's bytes, verified; their platform was compared with the one that was asked for. */
  readonly config: Buffer;
  /** The image's ID in a Docker daemon; for any other source the digest of the config. */
  readonly imageID: Digest;
}

/**
 * A place that has an image, opened by `openImageSource`. Nothing is read before the first call. Every method
 * throws an `OciError` when the image, its place or its bytes are at fault.
 */
export interface ImageSource {
  /**
   * Returns a digest that changes when the image changes: that of the tag's manifest or index, or the image ID in a
   * Docker daemon. No other call costs less.
   */
  identify(): Promise<Digest>;
  /** Finds the image for a platform, with its manifest and config. */
  resolve(platform: Platform): Promise<Resolved>;
  /** Returns the bytes of a manifest or index, as received and verified. */
  manifest(digest: Digest): Promise<Buffer>;
  /**
   * Streams a blob. A whole blob is verified against size and digest at its end; the rest of a blob, from the offset
   * `from` on, against the size alone.
   */
  blob(descriptor: Descriptor, from?: number): VerifiedBytes;
  /** Ends connections and removes temporary files. */
  close(): Promise<void>;
}
