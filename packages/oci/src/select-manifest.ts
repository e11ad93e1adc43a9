import { OciError } from './error.js';
import type { Descriptor } from './descriptor.js';
import { acceptableVariants, canonicalPlatform, formatPlatform, type Platform } from './platform.js';

/**
 * Lists the manifests of an index that may be for a platform, in the order to try them: the one with the best variant
 * that the platform can run, and among equals the first, as other clients choose. If no entry names a fitting platform,
 * those without any follow, because only their configs say what they are for. `name` is the index in messages.
 *
 * Throws `unknown-platform`, with a list of the platforms that the index has, if there is no candidate.
 */
export function candidatesFor(
  index: { readonly manifests: readonly Descriptor[] },
  wanted: Platform,
  name = 'the index',
): readonly Descriptor[] {
  const canonical = canonicalPlatform(wanted);
  const runnable = index.manifests.filter(isRunnable);
  for (const variant of acceptableVariants(canonical)) {
    const found = runnable.find(({ platform }) => {
      if (!platform) return false;
      const has = canonicalPlatform(platform);
      return (
        has.os === canonical.os && has.architecture === canonical.architecture && has.variant === variant
      );
    });
    if (found) return [found];
  }
  const unnamed = runnable.filter(isUnnamed);
  if (unnamed.length > 0) return unnamed;
  const available = runnable.map(({ platform }) => formatPlatform(platform!));
  throw noneFor(name, wanted, available);
}

/** Returns the first of `candidatesFor`, without a look at its config. */
export function selectManifest(
  index: { readonly manifests: readonly Descriptor[] },
  wanted: Platform,
  name?: string,
): Descriptor {
  return candidatesFor(index, wanted, name)[0];
}

/** Returns the error for an index without an image for a platform. */
export function noneFor(name: string, wanted: Platform, available: readonly string[]): OciError {
  const known = [...new Set(available)].join(', ') || 'none';
  return new OciError(
    'unknown-platform',
    `${name} has no image for ${formatPlatform(wanted)}; available: ${known}`,
    { hint: 'Use one of the available platforms, or an image that is built for this one.' },
  );
}

/** BuildKit stores its attestations in an index, as manifests for the platform unknown/unknown. */
function isRunnable({ platform, annotations }: Descriptor): boolean {
  return platform?.os !== 'unknown' && annotations?.['vnd.docker.reference.type'] === undefined;
}

function isUnnamed({ platform }: Descriptor): boolean {
  return !platform || (platform.os === '' && platform.architecture === '');
}
