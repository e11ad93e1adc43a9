/**
 * The value of a scalar. The rules are those of Go's yaml.v3, which LinuxKit reads with: the core schema of YAML 1.2
 * (https://yaml.org/spec/1.2.2/#103-core-schema), plus integers in Go's notation (0644 is octal, 0x, 0b, 0o,
 * underscores). `yes`, `on` and dates are strings.
 */
export type Scalar = string | number | bigint | boolean | null;

/** What decides the type of a scalar beside its text. */
export interface ScalarStyle {
  /** True without quotes, and outside of a block. */
  readonly plain: boolean;
  /** The short form of an explicit tag, such as `!!str`; empty without one. */
  readonly tag: string;
}

const CONSTANTS = new Map<string, Scalar>([
  ...['', '~', 'null', 'Null', 'NULL'].map((text) => [text, null] as const),
  ...['true', 'True', 'TRUE'].map((text) => [text, true] as const),
  ...['false', 'False', 'FALSE'].map((text) => [text, false] as const),
  ...['.nan', '.NaN', '.NAN'].map((text) => [text, NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((text) => [text, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((text) => [text, -Infinity] as const),
]);

const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

/** Returns the value of a scalar; undefined if the text does not fit its tag. */
export function resolveScalar(text: string, { plain, tag }: ScalarStyle): Scalar | undefined {
  if (tag !== '') return resolveTagged(tag, text);
  return plain ? resolvePlain(text) : text;
}

/** Returns the value of a scalar without quotes and tag. */
export function resolvePlain(text: string): Scalar {
  const constant = CONSTANTS.get(text);
  if (constant !== undefined) return constant;
  if (!/^[-+.0-9]/.test(text)) return text;
  const digits = text.startsWith('.') ? text : text.replaceAll('_', '');
  return integer(digits) ?? float(digits) ?? text;
}

/** Returns the value of a scalar with an explicit tag; undefined if the text does not fit the tag. */
function resolveTagged(tag: string, text: string): Scalar | undefined {
  const plain = resolvePlain(text);
  switch (tag) {
    case '!!null':
      return plain === null ? null : undefined;
    case '!!bool':
      return typeof plain === 'boolean' ? plain : undefined;
    case '!!int':
      return typeof plain === 'bigint' || Number.isInteger(plain) ? plain : undefined;
    case '!!float':
      return typeof plain === 'bigint' ? Number(plain) : typeof plain === 'number' ? plain : undefined;
    case '!!binary':
      return Buffer.from(text, 'base64').toString();
    default:
      return text;
  }
}

/** Parses a float. A number that overflows is a string in yaml.v3, not an infinity. */
function float(text: string): number | undefined {
  const value = FLOAT.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Parses an integer of 64 bits, as a number if that is exact, else as a bigint. */
function integer(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text);
  if (!match) return undefined;
  const [, sign, digits] = match;
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const value = sign === '-' ? -magnitude : magnitude;
  if (value < MIN_INT64 || value > MAX_UINT64) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
