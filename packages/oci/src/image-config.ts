import { OciError } from './error.js';
import { parseDigest, type Digest } from './digest.js';
import { parsePlatformObject } from './descriptor.js';
import { ARCHIVE_JSON_LIMIT, asObject, optional, parseJson, strings, type JsonObject } from './json.js';
import { formatPlatform, platformMatches, type Platform } from './platform.js';

/**
 * An image's config: which layers it has and where they run.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export interface ImageConfig {
  readonly platform: Platform;
  /** Digests of the uncompressed layers, lowest first. */
  readonly diffIDs: readonly Digest[];
  /** The whole document; its objects have no prototype. */
  readonly document: JsonObject;
}

/**
 * Reads a config from at most 20 MiB of JSON; `what` names it in messages. Throws `invalid-json`,
 * `invalid-digest` or `too-large`.
 */
export function parseImageConfig(bytes: Uint8Array, what = 'the image config'): ImageConfig {
  const document = asObject(parseJson(bytes, what, ARCHIVE_JSON_LIMIT), what);
  // An image without layers may have no rootfs; any other one is then refused by its number of layers.
  const rootfs = optional(document.rootfs, asObject, `${what}: rootfs`);
  return {
    platform: parsePlatformObject(document, what),
    diffIDs: strings(rootfs?.diff_ids, `${what}: rootfs.diff_ids`).map(parseDigest),
    document,
  };
}

/**
 * Compares a config with the platform that was asked for and the number of layers that the manifest has. An index
 * may promise a platform that the image does not have; the config has the last word.
 *
 * Throws `platform-mismatch` or `invalid-manifest`.
 */
export function checkConfig(config: ImageConfig, wanted: Platform, layers: number, what: string): void {
  if (!platformMatches(wanted, config.platform)) {
    throw new OciError(
      'platform-mismatch',
      `${what} is for ${formatPlatform(config.platform) || 'no platform'}, expected ${formatPlatform(wanted)}`,
      { hint: 'Use an image that is built for this platform, or build the system for that of the image.' },
    );
  }
  if (config.diffIDs.length !== layers) {
    throw new OciError(
      'invalid-manifest',
      `${what} has ${layers} layers, but its config names ${config.diffIDs.length}`,
    );
  }
}
