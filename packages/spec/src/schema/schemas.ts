import { createRequire } from 'node:module';

/** The part of JSON Schema that our schemas use. */
export interface JsonSchema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly allOf?: readonly JsonSchema[];
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

// The schemas lie beside src and dist alike. They are published, so they cannot be compiled into the code.
const load = createRequire(__filename);
export const linuxkitSchema = load('../../schema/linuxkit.schema.json') as JsonSchema;
export const buildSchema = load('../../schema/build.schema.json') as JsonSchema;

/** The schema of one definition, by which a part of a document is checked. */
export function definition(name: string): JsonSchema {
  return { $ref: `${linuxkitSchema.$id}#/definitions/${name}` };
}

/** Follows references: what a schema says itself. `root` is the document in which `#/…` is looked up. */
export function resolveSchema(
  schema: JsonSchema,
  root: JsonSchema,
): { schema: JsonSchema; root: JsonSchema } {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (ref === undefined) return { schema, root };
  const [document, pointer] = ref.split('#');
  const target = document === '' || document === root.$id ? root : linuxkitSchema;
  const steps = pointer.split('/').slice(1);
  const found = steps.reduce<unknown>((node, step) => (node as Record<string, unknown>)[step], target);
  return resolveSchema(found as JsonSchema, target);
}
