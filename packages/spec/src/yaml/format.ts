import { formatScalar, isSimpleKey } from './format-scalar.js';

/** Columns of one level. A sequence in a mapping is not indented below its key. */
const INDENT = 2;
const DASH = '- ';

/**
 * Writes YAML as Go's yaml.v2 does, so that a file made by `files[].metadata` has LinuxKit's bytes. (LinuxKit reads
 * with yaml.v3 and writes with yaml.v2.) Values are those of JSON, and bigints. A Map keeps the order of its keys;
 * an object would move keys that look like numbers to the front.
 */
export function formatYaml(document: Readonly<Record<string, unknown>>): string {
  return mapping(Object.entries(document), 0);
}

type Pair = readonly [key: string, value: unknown];

function mapping(pairs: readonly Pair[], column: number): string {
  return pairs.map(([key, value]) => `${' '.repeat(column)}${pair(key, value, column)}`).join('');
}

function pair(key: string, value: unknown, column: number): string {
  if (isSimpleKey(key)) {
    const name = formatScalar(key);
    return `${name}:${valueOf(value, column, column + [...name].length + 2)}`;
  }
  const inner = column + INDENT;
  const name = formatScalar(key, { at: inner, indent: inner });
  return `? ${name}${' '.repeat(column)}: ${itemOf(value, inner)}`;
}

/** Writes the value behind a key's colon. `column` is that of the key; a scalar begins at column `at`. */
function valueOf(value: unknown, column: number, at: number): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${sequence(value, column)}`;
  const pairs = pairsOf(value);
  if (pairs) return pairs.length === 0 ? ' {}\n' : `\n${mapping(pairs, column + INDENT)}`;
  return ` ${formatScalar(value, { at, indent: column + INDENT })}`;
}

function sequence(items: readonly unknown[], column: number): string {
  return items.map((value) => `${' '.repeat(column)}${DASH}${itemOf(value, column + INDENT)}`).join('');
}

function itemOf(value: unknown, column: number): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]\n' : sequence(value, column).trimStart();
  const pairs = pairsOf(value);
  if (!pairs) return formatScalar(value, { at: column, indent: column });
  return pairs.length === 0 ? '{}\n' : mapping(pairs, column).trimStart();
}

function pairsOf(value: unknown): readonly Pair[] | undefined {
  if (value instanceof Map) return [...(value as Map<string, unknown>)];
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
}
