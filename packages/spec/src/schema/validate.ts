import type { DocumentPath } from '../model.js';
import { formatPath, type Problem } from '../problem.js';
import type { YamlDocument } from '../yaml/document.js';
import { check, type Violation } from './check.js';
import { nearest } from './nearest.js';
import { resolveSchema, type JsonSchema } from './schemas.js';

/** Lists the violations of a schema as problems, each with a message for the author of the document. */
export function violations(document: YamlDocument, schema: JsonSchema): Problem[] {
  return check(document.value, schema).map((violation) => describeViolation(violation, document, schema));
}

function describeViolation(violation: Violation, document: YamlDocument, root: JsonSchema): Problem {
  const { path, schema, value } = violation;
  const key = violation.key ?? '';
  const subject = path.length === 0 ? 'the document' : formatPath(path);
  const problem = (message: string, hint?: string, where = document.where(path)): Problem => ({
    code: 'bad-document',
    message,
    where,
    hint,
  });
  switch (violation.keyword) {
    case 'additionalProperties': {
      const allowed = Object.keys(schema.properties ?? {});
      return problem(unknownKey(key, subject, allowed), undefined, document.whereKey([...path, key]));
    }
    case 'required':
      return problem(`${subject} lacks the key "${key}"`, describeKey(key, schema, root));
    case 'enum':
      return problem(`${subject}: ${unknownValue(value, schema.enum ?? [])}`);
    case 'type': {
      const written = writtenAt(document, path);
      const type = [schema.type ?? []].flat();
      return problem(
        `${subject}: expected ${formatType(type)}, got ${written}`,
        typeHint(schema, value, written),
      );
    }
    case 'minimum':
    case 'maximum': {
      const range = schema.description?.replace(/^A/, 'a').replace(/[;.].*/, '');
      return problem(`${subject}: expected ${range}, got ${writtenAt(document, path)}`);
    }
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

function describeKey(key: string, schema: JsonSchema, root: JsonSchema): string | undefined {
  const property = schema.properties?.[key];
  return property && (property.description ?? resolveSchema(property, root).schema.description);
}

const TYPES: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  integer: 'an integer',
  null: 'nothing',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
};

function formatType(type: readonly string[]): string {
  return type.map((name) => TYPES[name]).join(' or ');
}

/** Names a value for a message: a scalar as it is written, else its kind. */
function writtenAt(document: YamlDocument, path: DocumentPath): string {
  const node = document.node(path);
  if (node?.kind !== 'scalar') return node?.kind === 'sequence' ? 'a list' : 'a mapping';
  if (node.value === null) return 'nothing';
  return typeof node.value === 'string' ? `the string "${node.text}"` : node.text;
}

function typeHint(schema: JsonSchema, value: unknown, written: string): string | undefined {
  const types = [schema.type ?? []].flat();
  if (value === null) return 'Remove the key, or give it a value.';
  if (types.includes('string') && typeof value !== 'object') return `Quote it: "${written}".`;
  if (types.includes('integer') && typeof value === 'string' && /^-?\d+$/.test(value))
    return `Write it without quotes: ${value}.`;
  if (types.includes('array') && typeof value === 'object') return 'Begin each entry with a dash: `- `.';
  if (types.includes('array') && typeof value === 'string')
    return `Write it as a list: \`[${JSON.stringify(value)}]\`.`;
  if (types.includes('object') && typeof value === 'string') return mappingHint(schema, value);
  if (types.includes('boolean')) return 'Write true or false, without quotes; yes and no are strings here.';
  return undefined;
}

/** How a text is written that stands in the place of a mapping with one such key. */
function mappingHint({ required = [], properties = {} }: JsonSchema, value: string): string | undefined {
  if (required.length === 1) return `Write it as \`${required[0]}: ${value}\`.`;
  if (!('image' in properties)) return undefined;
  if (required.length === 0) return `Write it as \`image: ${value}\`.`;
  return `Give it a name: \`{name: NAME, image: ${JSON.stringify(value)}}\`.`;
}
