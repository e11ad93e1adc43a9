import type { DocumentPath } from '../model.js';
import { resolveReference, type JsonSchema, type ResolvedSchema } from './schemas.js';

/** One keyword of a schema that a value violates, in the terms of JSON Schema. */
export interface Violation {
  readonly keyword: 'type' | 'minimum' | 'maximum' | 'enum' | 'required' | 'additionalProperties';
  readonly path: DocumentPath;
  readonly value: unknown;
  /** The schema that contains the keyword. */
  readonly schema: JsonSchema;
  /** The key that is missing or not allowed. */
  readonly key?: string;
}

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Lists all violations of a schema. A full validator is not used, because our schemas need a tenth of JSON Schema,
 * and compiling them with one took longer than the rest of inference. The tests compare this code with Ajv.
 */
export function check(value: unknown, schema: JsonSchema): Violation[] {
  const checker = new Checker();
  checker.check(value, schema, schema, []);
  return checker.violations;
}

class Checker {
  readonly violations: Violation[] = [];
  /** The schemas that a value passed. A value shared by aliases is checked once, or the time could be exponential. */
  private readonly accepted = new Map<unknown, Set<JsonSchema>>();

  check(value: unknown, reference: JsonSchema, from: JsonSchema, path: DocumentPath): void {
    const { schema, root } = this.choose(value, reference, from);
    if (this.accepted.get(value)?.has(schema)) return;
    const before = this.violations.length;
    this.checkSelf(value, schema, path);
    if (Array.isArray(value)) this.checkItems(value, schema, root, path);
    else if (isMapping(value)) this.checkMapping(value, schema, root, path);
    if (typeof value === 'object' && this.violations.length === before) this.accept(value, schema);
  }

  /** Follows a reference, and the branch of `if` that a value takes. */
  private choose(value: unknown, reference: JsonSchema, from: JsonSchema): ResolvedSchema {
    const { schema, root } = resolveReference(reference, from);
    if (schema.if === undefined) return { schema, root };
    const branch = check(value, schema.if).length === 0 ? schema.then : schema.else;
    return this.choose(value, branch ?? {}, root);
  }

  private checkSelf(value: unknown, schema: JsonSchema, path: DocumentPath): void {
    const violated = (keyword: Violation['keyword']) =>
      this.violations.push({ keyword, path, value, schema });
    const { type, minimum, maximum } = schema;
    if (type !== undefined && ![type].flat().some((name) => isOfType(value, name))) violated('type');
    if (isNumber(value) && minimum !== undefined && value < minimum) violated('minimum');
    if (isNumber(value) && maximum !== undefined && isAbove(value, maximum)) violated('maximum');
    if (schema.enum && !schema.enum.includes(value as string)) violated('enum');
  }

  private checkItems(
    list: readonly unknown[],
    { items }: JsonSchema,
    root: JsonSchema,
    path: DocumentPath,
  ): void {
    if (items) list.forEach((item, index) => this.check(item, items, root, [...path, index]));
  }

  private checkMapping(value: Mapping, schema: JsonSchema, root: JsonSchema, path: DocumentPath): void {
    const { required = [], properties = {}, additionalProperties } = schema;
    const violated = (keyword: Violation['keyword'], key: string) =>
      this.violations.push({ keyword, path, value, schema, key });
    for (const key of required) if (!Object.hasOwn(value, key)) violated('required', key);
    const more = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
    for (const key of more) {
      if (additionalProperties === false) violated('additionalProperties', key);
      else if (typeof additionalProperties === 'object')
        this.check(value[key], additionalProperties, root, [...path, key]);
    }
    for (const [key, property] of Object.entries(properties)) {
      if (Object.hasOwn(value, key)) this.check(value[key], property, root, [...path, key]);
    }
  }

  private accept(value: unknown, schema: JsonSchema): void {
    const schemas = this.accepted.get(value);
    if (schemas) schemas.add(schema);
    else this.accepted.set(value, new Set([schema]));
  }
}

function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isMapping(value);
    case 'integer':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'number':
      return typeof value === 'bigint' || Number.isFinite(value);
    default:
      return typeof value === type;
  }
}

/**
 * Compares with a maximum. JSON has rounded a maximum of 63 or 64 bits up to the next power of two, so that value
 * itself is already too large.
 */
function isAbove(value: number | bigint, maximum: number): boolean {
  return Number.isSafeInteger(maximum) ? value > maximum : value >= maximum;
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
