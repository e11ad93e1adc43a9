import { OciError } from './error.js';
import { parseDigest, type Digest } from './digest.js';
import { parsePlatformObject } from './descriptor.js';
import { ARCHIVE_JSON_LIMIT, asObject, parseJson, strings, type JsonObject } from './json.js';
import { formatPlatform, platformMatches, type Platform } from './platform.js';

/** The parts of an image's config that say what its layers are and where they run. */
export interface ImageConfig {
  readonly platform: Platform;
  /** Digests of the uncompressed layers, lowest first. */
  readonly diffIDs: readonly Digest[];
  /** The whole document, objects without prototype. */
  readonly document: JsonObject;
}

export function parseImageConfig(bytes: Uint8Array, what = 'the image config'): ImageConfig {
  const document = asObject(parseJson(bytes, what, ARCHIVE_JSON_LIMIT), what);
  const rootfs = asObject(document.rootfs, `${what}: rootfs`);
  return {
    platform: parsePlatformObject(document, what),
    diffIDs: strings(rootfs.diff_ids, `${what}: rootfs.diff_ids`).map(parseDigest),
    document,
  };
}

/** An index may promise what its image is not: the config has the last word. */
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
