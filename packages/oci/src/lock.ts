import { OciError } from './error.js';
import { isDigest, quote, type Digest } from './digest.js';
import { asObject, parseJson, type JsonObject } from './json.js';
import { formatPlatform, parsePlatform } from './platform.js';

export interface LockedImage {
  /** Of the manifest for this platform. */
  readonly digest: Digest;
  /** Of the index that the manifest was chosen from. */
  readonly index?: Digest;
  /** Of an image of a Docker daemon, which has no other stable name. */
  readonly imageID?: Digest;
}

export interface Lock {
  readonly lockfileVersion: 1;
  /** By reference as the YAML has it, then by platform. */
  readonly images: Readonly<Record<string, Readonly<Record<string, LockedImage>>>>;
}

export const EMPTY_LOCK: Lock = { lockfileVersion: 1, images: {} };

const VERSION = 1;
const FIELDS = ['digest', 'index', 'imageID'] as const;

export function readLock(text: string, file: string): Lock {
  try {
    const lock = asObject(parseJson(Buffer.from(text), 'the lock file'), 'the lock file');
    checkVersion(lock.lockfileVersion);
    const images: Record<string, Record<string, LockedImage>> = Object.create(null);
    for (const [reference, platforms] of Object.entries(asObject(lock.images, 'images'))) {
      images[reference] = readPlatforms(platforms, `images[${quote(reference)}]`);
    }
    return { lockfileVersion: VERSION, images };
  } catch (cause) {
    if (!(cause instanceof OciError)) throw cause;
    throw new OciError('invalid-lock', cause.message, {
      where: { file },
      hint: cause.hint ?? 'Restore the file from version control, or delete it and lock again.',
      cause: cause.cause,
    });
  }
}

/** Sorted, so that two people who lock the same images have the same file. */
export function formatLock(lock: Lock): string {
  const images = sorted(lock.images, (platforms) =>
    sorted(platforms, (image) =>
      Object.fromEntries(FIELDS.flatMap((field) => (image[field] ? [[field, image[field]]] : []))),
    ),
  );
  return `${JSON.stringify({ lockfileVersion: VERSION, images }, null, 2)}\n`;
}

function checkVersion(version: unknown): void {
  if (version === VERSION) return;
  throw new OciError('invalid-lock', `expected lockfileVersion ${VERSION}, got ${quote(version ?? 'none')}`, {
    hint: 'Use the version of nx-linuxkit that wrote the file, or delete it and lock again.',
  });
}

function readPlatforms(value: unknown, what: string): Record<string, LockedImage> {
  const platforms: Record<string, LockedImage> = Object.create(null);
  for (const [platform, image] of Object.entries(asObject(value, what))) {
    const key = formatPlatform(parsePlatform(platform));
    platforms[key] = readImage(asObject(image, `${what}[${quote(platform)}]`), `${what}[${quote(platform)}]`);
  }
  return platforms;
}

function readImage(image: JsonObject, what: string): LockedImage {
  const unknown = Object.keys(image).find((key) => !(FIELDS as readonly string[]).includes(key));
  if (unknown !== undefined) {
    throw new OciError(
      'invalid-lock',
      `${what}: unknown key ${quote(unknown)}; allowed: ${FIELDS.join(', ')}`,
    );
  }
  for (const field of FIELDS) {
    const value = image[field];
    if (field !== 'digest' && value === undefined) continue;
    if (!isDigest(value)) {
      throw new OciError(
        'invalid-lock',
        `${what}.${field}: expected a digest, got ${quote(value ?? 'none')}`,
      );
    }
  }
  return { ...image } as unknown as LockedImage;
}

/** Plain `<` on code units: the same order in every locale. `fromEntries` defines `__proto__` as a key. */
function sorted<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  const keys = Object.keys(record).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(keys.map((key) => [key, map(record[key])]));
}
