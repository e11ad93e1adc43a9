import { OciError } from './error.js';
import { quote } from './digest.js';

/** Bytes. The distribution specification asks registries to accept a manifest of this size, and none is larger. */
export const MANIFEST_LIMIT = 4 << 20;
/** Bytes. This is `jsonLimit` of containerd, for the JSON files of an image archive. */
export const ARCHIVE_JSON_LIMIT = 20 << 20;
/**
 * Values in one document. A value takes up to 300 bytes of memory, `{}` for example, so these take 600 MB. An SBOM has 25 bytes of
 * text for each of its values, so the largest that is read (41 MiB) has fewer.
 */
export const VALUE_LIMIT = 1 << 21;
/** Image documents are about four levels deep, so that no real one comes near. */
const DEPTH_LIMIT = 64;

/** A parsed JSON object without prototype, whose values are not checked yet. */
export type JsonObject = { readonly [key: string]: unknown };

/**
 * Parses JSON from an untrusted source, limited in bytes, values and depth. Objects get no prototype, so that the key
 * `__proto__` is a key like any other. `what` names the document in messages.
 */
export function parseJson(bytes: Uint8Array, what: string, limit = MANIFEST_LIMIT): unknown {
  if (bytes.length > limit) {
    throw new OciError('too-large', `${what} has ${bytes.length} bytes, expected at most ${limit}`);
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  expectFewValues(text, what);
  try {
    return withoutPrototypes(JSON.parse(text), what, 0);
  } catch (cause) {
    if (cause instanceof OciError) throw cause;
    throw new OciError('invalid-json', `${what} is not JSON: it starts with ${quote(text, 40)}`, { cause });
  }
}

/**
 * Counts the values of a JSON text before it is parsed: what begins a list or an object, and the commas in them. Throws OciError
 * `too-large` for more than two million, which parsed would take 600 MB. `what` names the text in the message.
 */
export function expectFewValues(text: string, what: string): void {
  // The shortest value in a list has two characters: `1,`.
  if (text.length <= 2 * VALUE_LIMIT) return;
  let values = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (character === 0x22) inText = !inText;
    else if (inText) i += character === 0x5c ? 1 : 0;
    else if (character === 0x2c || character === 0x5b || character === 0x7b) values++;
  }
  if (values <= VALUE_LIMIT) return;
  throw new OciError('too-large', `${what} has ${values} values, expected at most ${VALUE_LIMIT}`);
}

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new OciError('invalid-json', `${what}: expected an object, got ${quote(value, 40)}`);
}

export function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new OciError('invalid-json', `${what}: expected a list, got ${quote(value, 40)}`);
}

export function asString(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new OciError('invalid-json', `${what}: expected a string, got ${quote(value, 40)}`);
}

export function optional<T>(value: unknown, as: (value: unknown, what: string) => T, what: string) {
  return value === undefined || value === null ? undefined : as(value, what);
}

/** Checks a list of strings. Go writes an empty slice as `null`, which counts as an empty list. */
export function strings(value: unknown, what: string): readonly string[] {
  return (optional(value, asArray, what) ?? []).map((item, i) => asString(item, `${what}[${i}]`));
}

/** Checks a map of strings. Go reads `null` as an empty map or an empty string. */
export function stringMap(value: unknown, what: string): Readonly<Record<string, string>> {
  const map: Record<string, string> = Object.create(null);
  for (const [key, item] of Object.entries(optional(value, asObject, what) ?? {})) {
    map[key] = optional(item, asString, `${what}.${key}`) ?? '';
  }
  return map;
}

function withoutPrototypes(value: unknown, what: string, depth: number): unknown {
  if (depth > DEPTH_LIMIT) {
    throw new OciError('invalid-json', `${what} is nested deeper than ${DEPTH_LIMIT} levels`);
  }
  if (Array.isArray(value)) return value.map((item) => withoutPrototypes(item, what, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const clean: Record<string, unknown> = Object.create(null);
  for (const [key, item] of Object.entries(value)) clean[key] = withoutPrototypes(item, what, depth + 1);
  return clean;
}
