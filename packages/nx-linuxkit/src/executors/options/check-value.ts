import { nearest } from '@nx-linuxkit/errors';
import type { OptionSchema } from './schema.js';

/**
 * Reads a value as a schema has it. One value stands for a list of one, and a number for its digits, because that is what
 * Nx makes of `--publish=80`.
 */
export function readAs(value: unknown, schema: OptionSchema): unknown {
  const types = [schema.type ?? []].flat();
  if (Array.isArray(value)) return schema.items ? value.map((item) => readAs(item, schema.items!)) : value;
  if (types.length === 1 && types[0] === 'array' && isScalar(value)) return readAs([value], schema);
  const isText = types.includes('string') || schema.oneOf?.some(({ type }) => type === 'string');
  return isText && typeof value === 'number' ? String(value) : value;
}

/** Lists what is wrong with a value, in sentences that begin with where it is: `http[0].port: expected a number`. */
export function badValues(value: unknown, schema: OptionSchema, path: string): string[] {
  if (schema.oneOf) return badValues(value, formOf(value, schema.oneOf), path);
  const own = expected(value, schema);
  if (own !== undefined) return [`${path}: expected ${own}, got ${written(value)}${meant(value, schema)}`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => badValues(item, schema.items ?? {}, `${path}[${index}]`));
  }
  return isObject(value) ? badMembers(value, schema, path) : [];
}

/** The form of an option with several forms that a value is meant to have. */
function formOf(value: unknown, forms: readonly OptionSchema[]): OptionSchema {
  return forms.find(({ type }) => (type === 'object') === isObject(value)) ?? forms[0];
}

function badMembers(value: object, schema: OptionSchema, path: string): string[] {
  const { properties, required = [], additionalProperties } = schema;
  if (!properties) return [];
  const known = Object.keys(properties);
  const missing = required.filter((key) => !(key in value)).map((key) => `${path} lacks the key ${key}`);
  const members = Object.entries(value).flatMap(([key, member]) => {
    if (properties[key]) return badValues(member, properties[key], `${path}.${key}`);
    if (additionalProperties !== false) return [];
    return [`${path} has an unknown key ${key}${didYouMean(key, known)} (allowed: ${known.join(', ')})`];
  });
  return [...missing, ...members];
}

/** What a value should have been; undefined if it is that. */
function expected(value: unknown, schema: OptionSchema): string | undefined {
  const { type, enum: allowed, const: only } = schema;
  if (allowed && !allowed.includes(value)) return orList(allowed.map(String));
  if (only !== undefined && value !== only) return String(only);
  const types = [type ?? []].flat();
  const fits = types.length === 0 || types.some((name) => isOfType(value, name));
  return fits && isInRange(value, schema) ? undefined : describeType(schema);
}

function meant(value: unknown, { enum: allowed }: OptionSchema): string {
  return allowed && typeof value === 'string' ? didYouMean(value, allowed.map(String)) : '';
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return isObject(value);
  if (type === 'number') return Number.isFinite(value);
  return typeof value === type;
}

function isInRange(value: unknown, { minimum, exclusiveMinimum, maximum, minItems }: OptionSchema): boolean {
  if (Array.isArray(value)) return minItems === undefined || value.length >= minItems;
  if (typeof value !== 'number') return true;
  return (
    (minimum === undefined || value >= minimum) &&
    (exclusiveMinimum === undefined || value > exclusiveMinimum) &&
    (maximum === undefined || value <= maximum)
  );
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'an object',
};

function describeType(schema: OptionSchema): string {
  const { minimum, exclusiveMinimum, maximum } = schema;
  const names = [schema.type ?? []]
    .flat()
    .map((type) => (type === 'array' ? describeList(schema) : TYPES[type]));
  const from = minimum === undefined ? '' : ` of at least ${minimum}`;
  const above = exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`;
  const upTo = maximum === undefined ? '' : ` and at most ${maximum}`;
  return `${orList(names)}${from}${above}${upTo}`;
}

function describeList({ items, minItems }: OptionSchema): string {
  const texts = items?.type === 'string' ? 'a list of texts' : 'a list';
  return minItems === undefined ? texts : `${texts} with at least ${minItems}`;
}

export function didYouMean(name: string, known: readonly string[]): string {
  const suggestion = nearest(name, known);
  return suggestion === undefined ? '' : `, did you mean ${suggestion}?`;
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function written(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

function isScalar(value: unknown): boolean {
  return ['string', 'number'].includes(typeof value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
