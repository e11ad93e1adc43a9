import type { Digest } from '@nx-linuxkit/oci';
import type { Lock } from '@nx-linuxkit/oci/lock';
import type { OsSpec } from '@nx-linuxkit/spec';
import { referencesToLock } from './references.js';
import { mapReference, type Settings } from './settings.js';
import { isTrusted } from './trust.js';

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

/** The images of a system that were not made in this workspace, those of loaders too; all must be locked. */
export function pinnedImages(os: OsSpec, lock: Lock, settings: Settings, platform: string): PinnedImage[] {
  return referencesToLock(os, settings, platform).flatMap((written) => {
    const { digest, index, imageID } = lock.images[written][platform];
    const reference = mapReference(written, settings.images);
    const named = { written, reference, inDaemon: imageID !== undefined, trusted: isTrusted(os, written) };
    const image: PinnedImage = { ...named, digest, ...(index ? { index } : {}) };
    // A layout holds images of other platforms, for which a signature of one manifest says nothing.
    const isLayout = os.volumes.some((volume) => volume.image === written && volume.format === 'oci');
    return isLayout && index ? [image, { ...named, digest: index }] : [image];
  });
}
