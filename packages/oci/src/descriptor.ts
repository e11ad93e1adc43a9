import { OciError } from './error.js';
import { parseDigest, quote, type Digest } from './digest.js';
import { asObject, asString, optional, stringMap, strings } from './json.js';
import type { Platform } from './platform.js';

/**
 * A reference from one document to a blob or another document:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
 */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The platform of an image, in the descriptors of an index. */
  readonly platform?: Platform;
  /** Other places of the blob; a layer that has any is refused. */
  readonly urls?: readonly string[];
}

/** Checks a descriptor; `what` is its place in the document, for messages. */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  const object = asObject(value, what);
  const platform = optional(object.platform, asObject, `${what}.platform`);
  const urls = strings(object.urls, `${what}.urls`);
  return {
    mediaType: asString(object.mediaType, `${what}.mediaType`),
    digest: parseDigest(asString(object.digest, `${what}.digest`)),
    size: parseSize(object.size, `${what}.size`),
    ...(object.annotations ? { annotations: stringMap(object.annotations, `${what}.annotations`) } : {}),
    ...(platform ? { platform: parsePlatformObject(platform, `${what}.platform`) } : {}),
    ...(urls.length > 0 ? { urls } : {}),
  };
}

export function parsePlatformObject(value: unknown, what: string): Platform {
  const object = asObject(value, what);
  const variant = optional(object.variant, asString, `${what}.variant`);
  return {
    os: optional(object.os, asString, `${what}.os`) ?? '',
    architecture: optional(object.architecture, asString, `${what}.architecture`) ?? '',
    ...(variant ? { variant } : {}),
  };
}

function parseSize(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new OciError('invalid-json', `${what}: expected a number of bytes, got ${quote(value, 40)}`);
}
