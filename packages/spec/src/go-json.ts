/**
 * JSON as Go's encoding/json writes it, because config.json and runtime.json are compared by their bytes:
 * `<`, `>`, `&` and the two line separators are escaped, and an integer may have 64 bits (a bigint here).
 * Keys keep their order; keys whose value is undefined are left out.
 */
export function formatJson(value: unknown, indent = ''): string {
  return write(value, indent, '\n');
}

function write(value: unknown, indent: string, newline: string): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = newline + indent;
  const colon = indent === '' ? ':' : ': ';
  if (Array.isArray(value))
    return enclose(
      '[',
      ']',
      value.map((item) => write(item, indent, inner)),
    );
  const pairs = (value instanceof Map ? [...value] : Object.entries(value)).filter(
    ([, item]) => item !== undefined,
  );
  return enclose(
    '{',
    '}',
    pairs.map(([key, item]) => quote(key) + colon + write(item, indent, inner)),
  );

  function enclose(open: string, close: string, parts: string[]): string {
    if (parts.length === 0) return open + close;
    return indent === ''
      ? open + parts.join(',') + close
      : open + inner + parts.join(`,${inner}`) + newline + close;
  }
}

// What JSON.stringify writes as it is, and Go escapes.
const GO_ESCAPES: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

function quote(text: string): string {
  return JSON.stringify(text.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /[<>&\u2028\u2029]/g,
    (char) => GO_ESCAPES[char],
  );
}

/** The value, or undefined if it is empty: how Go's `omitempty` leaves a key out. */
export function omitEmpty<T>(value: T): T | undefined {
  if (value === '' || value === false || value === null || value === undefined) return undefined;
  if (typeof value === 'object' && Object.keys(value).length === 0) return undefined;
  return value;
}

/** Byte order of the UTF-8 forms, in which Go sorts strings. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** A map in the order of its keys, as Go writes it. (In a plain object, keys like numbers would come first.) */
export function sortedMap(
  map: Readonly<Record<string, string>> | undefined,
): Map<string, string> | undefined {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => compareBytes(a, b));
  return entries.length === 0 ? undefined : new Map(entries);
}
