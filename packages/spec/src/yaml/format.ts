import { formatScalar, isSimpleKey } from './format-scalar.js';

/** Columns of a level. A sequence in a mapping stands below its key, with no columns of its own. */
const INDENT = 2;
const DASH = '- ';

/**
 * YAML as Go's yaml.v2 writes it, because `files[].metadata` is a file of the root whose bytes count. (LinuxKit reads
 * with yaml.v3.) Values are those of JSON, and integers of 64 bits; a Map keeps its order, and so its keys that look
 * like numbers.
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

/** Behind a key's colon; a scalar begins at column `at`. */
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
