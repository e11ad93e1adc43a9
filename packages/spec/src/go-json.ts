/**
 * Writes JSON as Go's encoding/json does, so that config.json and runtime.json have LinuxKit's bytes: `<`, `>`, `&`
 * and the two line separators are escaped, and an integer of 64 bits (a bigint) is exact. Keys keep their order, a
 * `Map` is written as an object, and a key whose value is undefined is left out.
 *
 * `indent` is the text of one level; an empty one gives a single line.
 * Source: https://pkg.go.dev/encoding/json#Marshal.
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

// Go escapes these characters; JSON.stringify does not.
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

/** Returns undefined for an empty value, so that its key is left out, as by Go's `omitempty`. */
export function omitEmpty<T>(value: T): T | undefined {
  if (value === '' || value === false || value === null || value === undefined) return undefined;
  if (typeof value === 'object' && Object.keys(value).length === 0) return undefined;
  return value;
}

/** Compares the UTF-8 bytes of two strings, as Go does when it sorts. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Sorts a map by its keys, as Go does. The result is a Map, because an object puts keys like "10" first. */
export function sortedMap(
  map: Readonly<Record<string, string>> | undefined,
): Map<string, string> | undefined {
  const entries = Object.entries(map ?? {}).sort(([a], [b]) => compareBytes(a, b));
  return entries.length === 0 ? undefined : new Map(entries);
}
