import type { Digest } from '@nx-linuxkit/oci';

/** An image that the lock pins, as far as the check of its signature reads it. */
export interface PinnedImage {
  /** The reference as the YAML, or the option `loaders`, writes it. */
  readonly written: string;
  /** The reference that stands for it by the option `images`: the rules of `signatures` are about this one. */
  readonly reference: string;
  /** What is used of it: a manifest, or an index for a volume that holds the image as an OCI layout. */
  readonly digest: Digest;
  /** The index that the manifest was chosen from. */
  readonly index?: Digest;
  /** True for an image that came from a Docker daemon, which keeps no signatures. */
  readonly inDaemon: boolean;
  /** The YAML's `trust` names it. */
  readonly trusted: boolean;
}
