import type { ErrorObject } from 'ajv';
import type { DocumentPath } from '../model.js';
import { formatPath, type Problem } from '../problem.js';
import type { YamlDocument } from '../yaml/document.js';
import { nearest } from './nearest.js';
import { resolveSchema, validator, type JsonSchema } from './schemas.js';

/** All violations of a schema. */
export function violations(document: YamlDocument, schema: JsonSchema): Problem[] {
  const validate = validator(schema);
  if (validate(approximate(document.value))) return [];
  return (validate.errors ?? []).map((error) => describeError(error, document, schema));
}

/** A validator knows no bigint; the nearest number is as much an integer, and in the same range. */
function approximate(value: unknown, seen = new Map<unknown, unknown>()): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  const known = seen.get(value);
  if (known !== undefined) return known;
  const result = Array.isArray(value)
    ? value.map((item) => approximate(item, seen))
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, approximate(item, seen)]));
  seen.set(value, result);
  return result;
}

function describeError(error: ErrorObject, document: YamlDocument, root: JsonSchema): Problem {
  const path = pointerSteps(error.instancePath, document.value);
  const subject = path.length === 0 ? 'the document' : formatPath(path);
  const problem = (message: string, hint?: string, where = document.where(path)): Problem => ({
    code: 'bad-document',
    message,
    where,
    hint,
  });
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      const allowed = Object.keys((error.parentSchema as JsonSchema).properties ?? {});
      return problem(unknownKey(key, subject, allowed), undefined, document.whereKey([...path, key]));
    }
    case 'required':
      return problem(`${subject} lacks the key "${error.params.missingProperty}"`, describeKey(error, root));
    case 'enum':
      return problem(`${subject}: ${unknownValue(error.data, error.params.allowedValues as string[])}`);
    case 'type': {
      const written = writtenAt(document, path);
      return problem(
        `${subject}: expected ${formatType(error.params.type)}, got ${written}`,
        typeHint(error, written),
      );
    }
    case 'minimum':
    case 'maximum': {
      const range = (error.parentSchema as JsonSchema).description?.replace(/^A/, 'a').replace(/[;.].*/, '');
      return problem(`${subject}: expected ${range}, got ${writtenAt(document, path)}`);
    }
    default:
      return problem(`${subject}: ${error.message}, got ${writtenAt(document, path)}`);
  }
}

function unknownKey(key: string, subject: string, allowed: readonly string[]): string {
  return `unknown key "${key}" in ${subject}${didYouMean(key, allowed)} (allowed: ${allowed.join(', ')})`;
}

export function unknownValue(value: unknown, allowed: readonly string[]): string {
  return `unknown value "${value}"${didYouMean(String(value), allowed)} (allowed: ${allowed.join(', ')})`;
}

function didYouMean(name: string, known: readonly string[]): string {
  const suggestion = nearest(name, known);
  return suggestion === undefined ? '' : `, did you mean "${suggestion}"?`;
}

function describeKey({ parentSchema, params }: ErrorObject, root: JsonSchema): string | undefined {
  const property = (parentSchema as JsonSchema).properties?.[params.missingProperty];
  return property && (property.description ?? resolveSchema(property, root).schema.description);
}

const TYPES: Record<string, string> = {
  string: 'a string',
  integer: 'an integer',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

function formatType(type: string | string[]): string {
  return [type]
    .flat()
    .map((name) => TYPES[name])
    .join(' or ');
}

/** The value as it stands in the text, or what it is if that would be long. */
function writtenAt(document: YamlDocument, path: DocumentPath): string {
  const node = document.node(path);
  if (node?.kind !== 'scalar') return node?.kind === 'sequence' ? 'a list' : 'a mapping';
  if (node.value === null) return 'nothing';
  return typeof node.value === 'string' ? `the string "${node.text}"` : node.text;
}

function typeHint({ params, data }: ErrorObject, written: string): string | undefined {
  const types = [params.type].flat() as string[];
  if (data === null) return 'Remove the key, or give it a value.';
  if (types.includes('string') && typeof data !== 'object') return `Quote it: "${written}".`;
  if (types.includes('boolean')) return 'Write true or false, without quotes; yes and no are strings here.';
  return undefined;
}

/** `/services/0/image` as steps; digits are an index only in a list. */
function pointerSteps(pointer: string, root: unknown): (string | number)[] {
  const steps: (string | number)[] = [];
  let value = root;
  for (const raw of pointer.split('/').slice(1)) {
    const step = raw.replaceAll('~1', '/').replaceAll('~0', '~');
    steps.push(Array.isArray(value) ? Number(step) : step);
    value = (value as Record<string, unknown>)[step];
  }
  return steps;
}
