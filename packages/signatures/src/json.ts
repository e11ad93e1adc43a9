/** A document that does not have the form that its specification gives it. Callers turn it into an outcome or a fault. */
export class FormatError extends Error {}

export type JsonObject = { readonly [key: string]: unknown };

/** Documents of signatures are below 20 levels deep; deeper nesting would only exhaust the stack. */
const DEPTH_LIMIT = 64;

/** Parses JSON of foreign origin: `what` names it in messages, nesting is limited, a `__proto__` key is refused. */
export function parseJson(text: string, what: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FormatError(`${what} is not JSON: it starts with ${quote(text, 40)}`);
  }
  checkNesting(value, what, 0);
  return value;
}

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new FormatError(`${what}: expected an object, got ${quote(value)}`);
}

export function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new FormatError(`${what}: expected a list, got ${quote(value)}`);
}

export function asString(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new FormatError(`${what}: expected a string, got ${quote(value)}`);
}

/** Standard base64 with padding, in its one canonical form: two texts never stand for the same bytes. */
export function decodeBase64(text: string, what: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > 0 && bytes.toString('base64') === text) return bytes;
  throw new FormatError(`${what}: expected base64, got ${quote(text, 40)}`);
}

/** Keys sorted by code units, two spaces, a line break at the end: equal values have equal bytes. */
export function canonicalJson(value: unknown): string {
  return `${JSON.stringify(sorted(value), null, 2)}\n`;
}

/** Foreign text, made fit for one line of a message: shortened, control characters escaped. */
export function quote(value: unknown, limit = 100): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return JSON.stringify(text.length > limit ? `${text.slice(0, limit)}…` : text);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function checkNesting(value: unknown, what: string, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth > DEPTH_LIMIT) throw new FormatError(`${what} is nested deeper than ${DEPTH_LIMIT} levels`);
  if (Object.hasOwn(value, '__proto__')) throw new FormatError(`${what} has a key __proto__`);
  for (const item of Object.values(value)) checkNesting(item, what, depth + 1);
}
