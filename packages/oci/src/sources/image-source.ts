import type { Descriptor } from '../descriptor.js';
import type { Digest } from '../digest.js';
import type { Platform } from '../platform.js';
import type { VerifiedBytes } from '../verify.js';

/** One image of one platform, as its source has it. */
export interface Resolved {
  /** Of the manifest. */
  readonly digest: Digest;
  /** Of the index that the manifest was chosen from. */
  readonly index?: Digest;
  /** Of the manifest, in bytes. */
  readonly size: number;
  readonly mediaType: string;
  /** Bytes as received: their hash is `digest`. */
  readonly manifest: Buffer;
  /** The config, verified, its platform compared with the one asked for. */
  readonly config: Buffer;
  /** What a Docker daemon calls the image; elsewhere the digest of the config. */
  readonly imageID: Digest;
}

/** A place that has an image. Opened by `openImageSource`; nothing is read before the first call. */
export interface ImageSource {
  /** The cheapest question that tells whether the image changed: a tag's digest, or the image ID of a daemon. */
  identify(): Promise<Digest>;
  resolve(platform: Platform): Promise<Resolved>;
  /** A manifest or index by digest, bytes as received, verified. */
  manifest(digest: Digest): Promise<Buffer>;
  /** Verified at its end against size and digest; from an offset on, against the size alone. */
  blob(descriptor: Descriptor, from?: number): VerifiedBytes;
  /** Ends connections, removes temporary files. */
  close(): Promise<void>;
}
