import { OciError } from './error.js';
import { quote } from './digest.js';

/** What the distribution specification asks registries to accept as a manifest; none is larger. */
export const MANIFEST_LIMIT = 4 << 20;
/** containerd's `jsonLimit` for the JSON files of an image archive. */
export const ARCHIVE_JSON_LIMIT = 20 << 20;
/** Image documents are four levels deep; a config's labels and history add none. */
const DEPTH_LIMIT = 64;

export type JsonObject = { readonly [key: string]: unknown };

/** Parses JSON from elsewhere: capped in bytes and depth, objects without prototype, so that a
 * `__proto__` key is a key like any other. */
export function parseJson(bytes: Uint8Array, what: string, limit = MANIFEST_LIMIT): unknown {
  if (bytes.length > limit) {
    throw new OciError('too-large', `${what} has ${bytes.length} bytes, expected at most ${limit}`);
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return withoutPrototypes(JSON.parse(text), what, 0);
  } catch (cause) {
    if (cause instanceof OciError) throw cause;
    throw new OciError('invalid-json', `${what} is not JSON: it starts with ${quote(text, 40)}`, { cause });
  }
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

/** Go writes `null` for an empty slice, so a list may be that too. */
export function strings(value: unknown, what: string): readonly string[] {
  return (optional(value, asArray, what) ?? []).map((item, i) => asString(item, `${what}[${i}]`));
}

export function stringMap(value: unknown, what: string): Readonly<Record<string, string>> {
  const map: Record<string, string> = Object.create(null);
  for (const [key, item] of Object.entries(optional(value, asObject, what) ?? {})) {
    map[key] = asString(item, `${what}.${key}`);
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
