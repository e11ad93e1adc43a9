import type { Lock } from '@nx-linuxkit/oci/lock';
import type { OsSpec } from '@nx-linuxkit/spec';
import type { PinnedImage } from './pinned-image.js';
import { referencesToLock } from './references.js';
import type { ReferenceMap } from './reference-map.js';
import type { Settings } from './settings.js';
import { isTrusted } from './trust.js';

/** The images of a system that were not made in this workspace, those of loaders too; all must be locked. */
export function pinnedImages(
  { os, map }: { readonly os: OsSpec; readonly map: ReferenceMap },
  lock: Lock,
  settings: Settings,
  platform: string,
): PinnedImage[] {
  return referencesToLock(os, settings, map, platform).flatMap((written) => {
    const locked = lock.images[written][platform];
    const { digest, index, imageID } = locked;
    const reference = map.target(written, locked);
    const named = { written, reference, inDaemon: imageID !== undefined, trusted: isTrusted(os, written) };
    const image: PinnedImage = { ...named, digest, ...(index ? { index } : {}) };
    // A layout holds images of other platforms, for which a signature of one manifest says nothing.
    const isLayout = os.volumes.some((volume) => volume.image === written && volume.format === 'oci');
    return isLayout && index ? [image, { ...named, digest: index }] : [image];
  });
}
