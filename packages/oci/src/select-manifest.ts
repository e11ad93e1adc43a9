import { OciError } from './error.js';
import type { Descriptor } from './descriptor.js';
import { acceptableVariants, canonicalPlatform, formatPlatform, type Platform } from './platform.js';

/**
 * Chooses the manifest of an index for a platform: the best variant that the platform can run, and among equals
 * the first, as other clients choose. `name` is the index in messages.
 *
 * Throws `unknown-platform`, with a list of the platforms that the index has.
 */
export function selectManifest(
  index: { readonly manifests: readonly Descriptor[] },
  wanted: Platform,
  name = 'the index',
): Descriptor {
  const canonical = canonicalPlatform(wanted);
  const runnable = index.manifests.filter(isRunnable);
  for (const variant of acceptableVariants(canonical)) {
    const found = runnable.find(
      ({ platform }) =>
        platform &&
        platform.os === canonical.os &&
        platform.architecture === canonical.architecture &&
        canonicalPlatform(platform).variant === variant,
    );
    if (found) return found;
  }
  const available = runnable.map(({ platform }) => (platform ? formatPlatform(platform) : 'unknown'));
  throw new OciError(
    'unknown-platform',
    `${name} has no image for ${formatPlatform(wanted)}; available: ${[...new Set(available)].join(', ') || 'none'}`,
    { hint: 'Use one of the available platforms, or an image that is built for this one.' },
  );
}

/** BuildKit stores its attestations in an index, as manifests for the platform unknown/unknown. */
function isRunnable({ platform, annotations }: Descriptor): boolean {
  return platform?.os !== 'unknown' && annotations?.['vnd.docker.reference.type'] === undefined;
}
