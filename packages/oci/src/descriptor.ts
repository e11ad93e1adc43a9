import { OciError } from './error.js';
import { parseDigest, quote, type Digest } from './digest.js';
import { asObject, asString, optional, stringMap, strings } from './json.js';
import type { Platform } from './platform.js';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly urls?: readonly string[];
}

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
