import { OciError } from './error.js';
import { quote } from './digest.js';

/**
 * An operating system and processor, in Go's names as image documents use them:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface Platform {
  /** `linux` */
  readonly os: string;
  /** `amd64`, `arm64`, `riscv64` */
  readonly architecture: string;
  /** `v7` of `linux/arm/v7`; absent where the architecture implies it. */
  readonly variant?: string;
}

const PLATFORM = /^([a-z0-9]+)\/([a-z0-9_]+)(?:\/([a-z0-9.]+))?$/;

/** Maps names that people and `uname` use to Go's names. */
const ARCHITECTURES = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['armhf', 'arm'],
  ['i386', '386'],
  ['i686', '386'],
]);

/**
 * Reads `os/architecture` or `os/architecture/variant`. Names such as `x86_64` and `aarch64` become Go's, and a
 * variant that the architecture implies is left out, so that a platform has one form.
 *
 * Throws `invalid-platform`.
 */
export function parsePlatform(text: string): Platform {
  const match = PLATFORM.exec(text);
  if (!match) {
    throw new OciError('invalid-platform', `expected a platform as os/architecture, got ${quote(text)}`, {
      hint: 'Write it as linux/amd64, linux/arm64 or linux/riscv64.',
    });
  }
  const [, os, architecture, variant] = match;
  return canonicalPlatform({ os, architecture, variant });
}

/** Writes a platform as `os/architecture` or `os/architecture/variant`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter((part) => part).join('/');
}

/** Tells whether an image whose config names the platform `actual` runs where `wanted` is asked for. */
export function platformMatches(wanted: Platform, actual: Platform): boolean {
  const [want, have] = [canonicalPlatform(wanted), canonicalPlatform(actual)];
  if (want.os !== have.os || want.architecture !== have.architecture) return false;
  // Builders often leave the variant out of the config, though the index has it.
  return have.variant === undefined || acceptableVariants(want).includes(have.variant);
}

/**
 * Writes a platform with Go's names in lower case, and removes the variant that an architecture implies: v8 for arm64,
 * v1 for amd64. This is `platforms.Normalize` of containerd.
 */
export function canonicalPlatform(platform: Platform): Platform {
  const [os, variant] = [platform.os.toLowerCase(), platform.variant?.toLowerCase()];
  const name = platform.architecture.toLowerCase();
  const architecture = ARCHITECTURES.get(name) ?? name;
  const implied = architecture === 'arm64' ? ['v8', '8'] : architecture === 'amd64' ? ['v1'] : [];
  const rest = variant && !implied.includes(variant) ? { variant } : {};
  return { os, architecture, ...rest };
}

/** Lists the variants that a processor runs, best first: its own, then the lesser ones of its family. */
export function acceptableVariants({ architecture, variant }: Platform): readonly (string | undefined)[] {
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
