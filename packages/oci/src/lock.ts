import { OciError } from './error.js';
import { isDigest, quote, type Digest } from './digest.js';
import { asObject, parseJson, type JsonObject } from './json.js';
import { formatPlatform, parsePlatform } from './platform.js';

/** The digests that pin an image for one platform. */
export interface LockedImage {
  /** The digest of the platform's manifest. */
  readonly digest: Digest;
  /** The digest of the index that the manifest was chosen from. */
  readonly index?: Digest;
  /** The ID of an image in a Docker daemon, which has no other stable name there. */
  readonly imageID?: Digest;
  /** The reference that has the image, where several stand for the one in the YAML. Default: the first of them. */
  readonly from?: string;
}

/** The content of linuxkit.lock.json. */
export interface Lock {
  readonly lockfileVersion: 1;
  /** Pinned images by their reference as the YAML writes it, then by platform (`linux/amd64`). */
  readonly images: Readonly<Record<string, Readonly<Record<string, LockedImage>>>>;
}

/** A lock that pins nothing. */
export const EMPTY_LOCK: Lock = { lockfileVersion: 1, images: {} };

const VERSION = 1;
const DIGESTS = ['digest', 'index', 'imageID'] as const;
const FIELDS = [...DIGESTS, 'from'] as const;

/** Parses and checks a lock; `file` is its path, for messages. Throws `invalid-lock`. */
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

/** Writes a lock as JSON with sorted keys, so that the same images always make the same file. */
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
  for (const field of DIGESTS) {
    const value = image[field];
    if (field !== 'digest' && value === undefined) continue;
    if (!isDigest(value)) {
      throw new OciError(
        'invalid-lock',
        `${what}.${field}: expected a digest, got ${quote(value ?? 'none')}`,
      );
    }
  }
  if (image.from !== undefined && typeof image.from !== 'string') {
    throw new OciError('invalid-lock', `${what}.from: expected a reference, got ${quote(image.from)}`);
  }
  return { ...image } as unknown as LockedImage;
}

/**
 * Sorts by code units, which is the same order in every locale. `fromEntries` makes `__proto__` an ordinary key,
 * which an assignment would not.
 */
function sorted<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  const keys = Object.keys(record).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(keys.map((key) => [key, map(record[key])]));
}
