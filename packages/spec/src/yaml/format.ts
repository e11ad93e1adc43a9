import { formatScalar } from './format-scalar.js';

/** Columns of a level, as yaml.v3 indents; what a dash holds stands two columns behind it. */
const INDENT = 4;
const DASH = '- ';

/**
 * YAML as Go's yaml.v3 writes it, because `files[].metadata` is a file of the root whose bytes count. Values are
 * those of JSON, and integers of 64 bits; a Map keeps its order, and so its keys that look like numbers.
 */
export function formatYaml(document: Readonly<Record<string, unknown>>): string {
  return mapping(Object.entries(document), 0);
}

type Pair = readonly [key: string, value: unknown];

function mapping(pairs: readonly Pair[], column: number): string {
  return pairs
    .map(([key, value]) => `${' '.repeat(column)}${formatScalar(key)}:${valueOf(value, column)}`)
    .join('');
}

function valueOf(value: unknown, column: number): string {
  const inner = column - (column % INDENT) + INDENT;
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${sequence(value, inner)}`;
  const pairs = pairsOf(value);
  if (pairs) return pairs.length === 0 ? ' {}\n' : `\n${mapping(pairs, inner)}`;
  return ` ${formatScalar(value, { column: inner, above: column })}`;
}

function sequence(items: readonly unknown[], column: number): string {
  const inner = column + DASH.length;
  const item = (value: unknown): string => {
    const pairs = pairsOf(value);
    if (!pairs) return formatScalar(value, { column: inner, above: column });
    return pairs.length === 0 ? '{}\n' : mapping(pairs, inner).trimStart();
  };
  return items.map((value) => `${' '.repeat(column)}${DASH}${item(value)}`).join('');
}

function pairsOf(value: unknown): readonly Pair[] | undefined {
  if (value instanceof Map) return [...(value as Map<string, unknown>)];
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
}
