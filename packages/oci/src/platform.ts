import { OciError } from './error.js';
import { quote } from './digest.js';
import type { Descriptor } from './descriptor.js';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

const PLATFORM = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/;

/** Names that people and `uname` use, to those of Go, which image documents use. */
const ARCHITECTURES = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['i386', '386'],
  ['i686', '386'],
]);

/** `linux/arm64/v8`, also as `linux/aarch64`; the variant that an architecture implies is left out. */
export function parsePlatform(text: string): Platform {
  const match = PLATFORM.exec(text);
  if (!match) {
    throw new OciError('invalid-platform', `expected a platform as os/architecture, got ${quote(text)}`, {
      hint: 'Write it as linux/amd64, linux/arm64 or linux/riscv64.',
    });
  }
  const [, os, architecture, variant] = match;
  return canonical({ os, architecture: ARCHITECTURES.get(architecture) ?? architecture, variant });
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part).join('/');
}

/** The manifest of an index for a platform; when several fit equally, the first, as all clients do. */
export function selectManifest(
  index: { readonly manifests: readonly Descriptor[] },
  wanted: Platform,
  name = 'the index',
): Descriptor {
  const runnable = index.manifests.filter(isRunnable);
  for (const variant of acceptableVariants(canonical(wanted))) {
    const found = runnable.find(
      ({ platform }) =>
        platform &&
        platform.os === wanted.os &&
        platform.architecture === canonical(wanted).architecture &&
        canonical(platform).variant === variant,
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

/** Does an image whose config names `actual` run where `wanted` is asked for? */
export function platformMatches(wanted: Platform, actual: Platform): boolean {
  const [want, have] = [canonical(wanted), canonical(actual)];
  if (want.os !== have.os || want.architecture !== have.architecture) return false;
  // Builders often leave the variant out of the config, though the index has it.
  return have.variant === undefined || acceptableVariants(want).includes(have.variant);
}

/** Attestations of BuildKit lie in an index as manifests for the platform unknown/unknown. */
function isRunnable({ platform, annotations }: Descriptor): boolean {
  return platform?.os !== 'unknown' && annotations?.['vnd.docker.reference.type'] === undefined;
}

/** arm64 is v8 by definition, a bare arm is v7 and a bare amd64 v1: containerd's `platforms.Normalize`. */
function canonical({ os, architecture, variant }: Platform): Platform {
  const implied = architecture === 'arm64' ? ['v8', '8'] : architecture === 'amd64' ? ['v1'] : [];
  const rest = variant && !implied.includes(variant) ? { variant } : {};
  return { os, architecture, ...rest };
}

/** Best first. A processor runs code for the lesser ones of its family too. */
function acceptableVariants({ architecture, variant }: Platform): readonly (string | undefined)[] {
  if (architecture === 'arm') {
    const family = ['v8', 'v7', undefined, 'v6', 'v5'];
    return family.slice(family.indexOf(variant ?? 'v7') === -1 ? 1 : family.indexOf(variant ?? 'v7'));
  }
  if (architecture === 'amd64') {
    const family = ['v4', 'v3', 'v2', undefined];
    return family.includes(variant) ? family.slice(family.indexOf(variant)) : [variant];
  }
  return variant === undefined ? [undefined] : [variant, undefined];
}
