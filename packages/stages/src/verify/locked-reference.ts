import { parseReference } from '@nx-linuxkit/oci';
import type { LockedReference } from '@nx-linuxkit/signatures';
import type { PinnedImage } from '../plan/pinned-image.js';

/** A pinned image as the policy names it. */
export function lockedReference({ reference, digest, index }: PinnedImage): LockedReference {
  return { reference: parseReference(reference), digest, ...(index ? { index } : {}) };
}

/** True for an image of a Docker daemon or a file: no signature can be found beside it. */
export function isLocal({ reference, inDaemon }: PinnedImage): boolean {
  return inDaemon || parseReference(reference).transport !== 'registry';
}
